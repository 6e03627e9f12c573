/** Reads what the development mailer wrote. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

function decoded(mail: string): string {
  if (!/^content-transfer-encoding: quoted-printable/im.test(mail)) return mail;
  const hex = (_all: string, code: string): string => String.fromCharCode(parseInt(code, 16));
  return mail.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, hex);
}

/** The one-time tokens in the mails to an address, oldest first. */
export function mailedTokens(dataDir: string, to: string, what: "reset" | "verify" | "invite"): string[] {
  const dir = join(dataDir, "mail");
  if (!existsSync(dir)) return [];
  const mails = readdirSync(dir)
    .sort()
    .map((file) => decoded(readFileSync(join(dir, file), "utf8")));
  return mails
    .filter((mail) => mail.includes(`To: ${to}`))
    .flatMap((mail) => new RegExp(`#${what}=([\\w-]+)`).exec(mail)?.[1] ?? []);
}
