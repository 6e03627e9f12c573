/** Which passwords are taken. Pure but for the list of common ones, which is read on first use. */
import { badField } from "../../contracts/errors";

const MIN_BYTES = 8;
/** bcrypt reads no further: two longer passwords that differ only after it would open the same account. */
export const MAX_BYTES = 72;

let common: ReadonlySet<string> | undefined;

function isCommon(password: string): boolean {
  common ??= new Set(
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- 4 MB that only a node with accounts needs
    (require("@zxcvbn-ts/language-common") as { dictionary: { "passwords-common": string[] } }).dictionary[
      "passwords-common"
    ],
  );
  return common.has(password.toLowerCase());
}

/** @throws BAD_REQUEST saying what is wrong with it */
export function checkPassword(password: string, field = "password"): void {
  const bytes = Buffer.byteLength(password);
  if (bytes < MIN_BYTES || bytes > MAX_BYTES)
    throw badField(field, "bytes", `A password has ${MIN_BYTES} to ${MAX_BYTES} bytes, this one ${bytes}.`);
  if (isCommon(password)) throw badField(field, "common", "This is one of the most common passwords; choose another.");
}
