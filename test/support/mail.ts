/** Reads what the development mailer wrote. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mailFrom } from "./smtp";

/** The one-time tokens in the mails to an address, oldest first. */
export function mailedTokens(dataDir: string, to: string, what: "reset" | "verify" | "invite"): string[] {
  const dir = join(dataDir, "mail");
  if (!existsSync(dir)) return [];
  const mails = readdirSync(dir)
    .sort()
    .map((file) => mailFrom(readFileSync(join(dir, file), "latin1")));
  return mails
    .filter(({ headers }) => headers.get("to") === to)
    .flatMap(({ text }) => new RegExp(`#${what}=([\\w-]+)`).exec(text)?.[1] ?? []);
}
