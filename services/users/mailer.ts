/** Mails by SMTP; where no server is set they become files under DATA_DIR/mail, and a log line says which. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { type LoggerInstance } from "moleculer";
import { isMailable } from "../../contracts/email";
import { type Env } from "../../contracts/env";
import { badField, fail } from "../../contracts/errors";
import { pathTo } from "../../contracts/tenants";

/** For all of one mail, however lively the server drips. */
const DEADLINE = 20_000;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}
export interface Mailer {
  /**
   * Neither address nor text is ever logged: the text opens an account.
   * @throws BAD_REQUEST where the address is refused, UNAVAILABLE where the mail can't be sent now
   */
  send(mail: Mail): Promise<void>;
  /** Ends what is being sent. */
  close(): void;
}

const refusedAddress = (): Error => badField("email", "recipient", "The mail server takes no mail for this address.");

/** As an address and not as a line to be read: what is stored is what is mailed. */
const messageOf = (env: Env, { to, ...mail }: Mail) => {
  if (!isMailable(to)) throw refusedAddress();
  return { from: env.MAIL_FROM, to: { name: "", address: to }, ...mail };
};

/** Most starts send no mail. */
const mailLibrary = () => import("nodemailer");

function fileMailer(env: Env, logger: LoggerInstance): Mailer {
  const dir = join(env.DATA_DIR, "mail");
  return {
    async send(mail) {
      const { createTransport } = await mailLibrary();
      const writer = createTransport({ streamTransport: true, buffer: true });
      const { message } = await writer.sendMail(messageOf(env, mail));
      const path = join(dir, `${Date.now()}-${randomBytes(4).toString("hex")}.eml`);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await writeFile(path, message as Buffer, { mode: 0o600 });
      logger.info(`Mail "${mail.subject}" written to ${path} (no SMTP_URL is set)`);
    },
    close: () => undefined,
  };
}

interface SmtpTrouble {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** What the server said for good of this one address; all else is trouble that may pass. */
function translated(error: unknown, logger: LoggerInstance): Error {
  const { code, responseCode, command } = error as SmtpTrouble;
  if (code === "EENVELOPE" && command === "RCPT TO" && (responseCode ?? 0) >= 500) return refusedAddress();
  logger.warn("A mail could not be sent", { code, responseCode }); // its message may hold the address
  return fail("UNAVAILABLE", "Mails can't be sent now; try again.");
}

function smtpMailer(env: Env, url: string, logger: LoggerInstance): Mailer {
  const open = new Set<Socket>();
  return {
    async send(mail) {
      const message = messageOf(env, mail);
      const { createTransport } = await mailLibrary();
      const socket = new Socket(); // ours, so that it can be ended at any moment
      open.add(socket);
      const late = setTimeout(() => socket.destroy(new Error("no answer in time")), DEADLINE);
      try {
        await createTransport({ url, socket, disableFileAccess: true, disableUrlAccess: true }).sendMail(message);
      } catch (error) {
        throw translated(error, logger);
      } finally {
        clearTimeout(late);
        socket.destroy();
        open.delete(socket);
      }
    },
    close() {
      for (const socket of open) socket.destroy(new Error("stopped"));
    },
  };
}

export const openMailer = (env: Env, logger: LoggerInstance): Mailer =>
  env.SMTP_URL ? smtpMailer(env, env.SMTP_URL, logger) : fileMailer(env, logger);

const linkTo = (env: Env, what: string, token: string): string =>
  `${env.PUBLIC_URL ?? `http://localhost:${env.PORT}${pathTo(env)}`}/#${what}=${token}`; // after #: it reaches no server's log

export const resetMail = (env: Env, to: string, token: string): Mail => ({
  to,
  subject: "Set a new password",
  text: `Somebody, hopefully you, asked to set a new password.\n\n${linkTo(env, "reset", token)}\n\nThe link works once, for one hour. If it was not you, nothing has changed.\n`,
});

export const inviteLink = (env: Env, code: string): string => linkTo(env, "invite", code);

export const inviteMail = (env: Env, to: string, code: string, until: string): Mail => ({
  to,
  subject: "You are invited",
  text: `Somebody invites you to chat with them.\n\n${inviteLink(env, code)}\n\nThe link makes one account, for this address, until ${until.slice(0, 10)}. If you don't want one, ignore this mail.\n`,
});

export const verifyMail = (env: Env, to: string, token: string): Mail => ({
  to,
  subject: "Verify your e-mail",
  text: `This address was given for an account.\n\n${linkTo(env, "verify", token)}\n\nThe link works once, for one day. If it was not you, ignore this mail.\n`,
});
