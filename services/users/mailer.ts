/** Mails by SMTP; where no server is set they become files under DATA_DIR/mail, and a log line says which. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LoggerInstance } from "moleculer";
import { createTransport } from "nodemailer";
import { type Env } from "../../contracts/env";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}
export interface Mailer {
  /** Rejects when the mail server refuses. Neither address nor text is ever logged: the text opens an account. */
  send(mail: Mail): Promise<void>;
}

function fileMailer(env: Env, logger: LoggerInstance): Mailer {
  const writer = createTransport({ streamTransport: true, buffer: true });
  const dir = join(env.DATA_DIR, "mail");
  return {
    async send(mail) {
      const { message } = await writer.sendMail({ from: env.MAIL_FROM, ...mail });
      const path = join(dir, `${Date.now()}-${randomBytes(4).toString("hex")}.eml`);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await writeFile(path, message as Buffer, { mode: 0o600 });
      logger.info(`Mail "${mail.subject}" written to ${path} (no SMTP_URL is set)`);
    },
  };
}

export function openMailer(env: Env, logger: LoggerInstance): Mailer {
  if (!env.SMTP_URL) return fileMailer(env, logger);
  const transport = createTransport(env.SMTP_URL, { from: env.MAIL_FROM });
  return {
    async send(mail) {
      await transport.sendMail({ ...mail });
    },
  };
}

const linkTo = (env: Env, what: string, token: string): string =>
  `${env.PUBLIC_URL ?? `http://localhost:${env.PORT}`}/#${what}=${token}`; // after #: it reaches no server's log

export const resetMail = (env: Env, to: string, token: string): Mail => ({
  to,
  subject: "Set a new password",
  text: `Somebody, hopefully you, asked to set a new password.\n\n${linkTo(env, "reset", token)}\n\nThe link works once, for one hour. If it was not you, nothing has changed.\n`,
});

export const verifyMail = (env: Env, to: string, token: string): Mail => ({
  to,
  subject: "Verify your e-mail",
  text: `This address was given for an account.\n\n${linkTo(env, "verify", token)}\n\nThe link works once, for one day. If it was not you, ignore this mail.\n`,
});
