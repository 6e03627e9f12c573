/** Which passwords are taken. Pure but for the list of common ones, which is read on first use. */
import { badField } from "../../contracts/errors";
import { isPasswordsLength, PASSWORD, typed } from "../../contracts/text";
import { fold } from "../../platform/fold";

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

const bare = (text: string): string => fold(text).replace(/[^\p{L}\p{N}]/gu, "");

/** What is known of its owner, with a few characters about it, is the first guess of everybody. */
function isAbout(password: string, known: string): boolean {
  const [guess, part] = [bare(password), bare(known)];
  return part.length >= 4 && guess.includes(part) && guess.length - part.length < 4;
}

export interface Owner {
  readonly username: string;
  readonly email: string | null;
}

/** @throws BAD_REQUEST saying what is wrong with it */
export function checkPassword(given: string, { username, email }: Owner, field = "password"): void {
  const password = typed(given);
  if (!isPasswordsLength(password))
    throw badField(field, "bytes", `A password has ${PASSWORD.min} to ${PASSWORD.max} bytes.`);
  if (/^[\p{Z}\p{C}]*$/u.test(password)) throw badField(field, "blank", "A password is more than blanks.");
  if (isCommon(password)) throw badField(field, "common", "This is one of the most common passwords; choose another.");
  if ([username, email ?? "", email?.split("@")[0] ?? ""].some((known) => isAbout(password, known)))
    throw badField(field, "personal", "The password is too much like the name or the e-mail; choose another.");
}
