/** Mails by SMTP; where no server is set they become files under DATA_DIR/mail, and a log line says which. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { type LoggerInstance } from "moleculer";
import { isMailable } from "../contracts/email";
import { type Env } from "../contracts/env";
import { pathTo } from "../contracts/tenants";

/** For all of one mail, however lively the server drips. */
const DEADLINE = 20_000;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same for those who read HTML, with the same links. */
  readonly html: string;
  /** With `<` and `>`; the same again where a mail is sent again. */
  readonly messageId?: string;
  /** Of the mails that it belongs to. */
  readonly references?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * - `refused`: there will never be mail for this address.
 * - `later`: the server takes none for this address now.
 * - `down`: it takes none at all, or is not there.
 */
export type Delivery = "sent" | "refused" | "later" | "down";

export interface Post {
  /** Neither address nor text is ever logged: the text may open an account, and is nobody else's. */
  deliver(mail: Mail): Promise<Delivery>;
  /** Ends what is being sent. */
  close(): void;
}

/** Where links in mails lead, without a `/` at the end. */
export const baseOf = (env: Env): string =>
  (env.PUBLIC_URL ?? `http://localhost:${env.PORT}${pathTo(env)}`).replace(/\/+$/, "");

/** Into the page; after #, so that it reaches no server's log. */
export const pageLink = (env: Env, what: string): string => `${baseOf(env)}/#${what}`;

/** As an address and not as a line to be read: what is stored is what is mailed. */
const messageOf = (env: Env, { to, references, ...mail }: Mail) => ({
  from: env.MAIL_FROM,
  to: { name: "", address: to },
  ...mail,
  ...(references === undefined ? {} : { references, inReplyTo: references }),
});

/** Most starts send no mail. */
const mailLibrary = () => import("nodemailer");

function toFiles(env: Env, logger: LoggerInstance): Post {
  const dir = join(env.DATA_DIR, "mail");
  return {
    async deliver(mail) {
      const { createTransport } = await mailLibrary();
      const writer = createTransport({ streamTransport: true, buffer: true });
      const { message } = await writer.sendMail(messageOf(env, mail));
      const path = join(dir, `${Date.now()}-${randomBytes(4).toString("hex")}.eml`);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await writeFile(path, message as Buffer, { mode: 0o600 });
      logger.info(`Mail "${mail.subject}" written to ${path} (no SMTP_URL is set)`);
      return "sent";
    },
    close: () => undefined,
  };
}

interface SmtpTrouble {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** What the server said of this one address is no trouble of the others. */
function deliveryOf(error: unknown, logger: LoggerInstance): Delivery {
  const { code, responseCode = 0, command } = error as SmtpTrouble;
  const isOfAddress = code === "EENVELOPE" && command === "RCPT TO";
  if (isOfAddress && responseCode >= 500) return "refused";
  logger.warn("A mail could not be sent", { code, responseCode }); // its message may hold the address
  return isOfAddress && responseCode >= 400 ? "later" : "down";
}

function bySmtp(env: Env, url: string, logger: LoggerInstance): Post {
  const open = new Set<Socket>();
  return {
    async deliver(mail) {
      const message = messageOf(env, mail);
      const { createTransport } = await mailLibrary();
      const socket = new Socket(); // ours, so that it can be ended at any moment
      open.add(socket);
      const late = setTimeout(() => socket.destroy(new Error("no answer in time")), DEADLINE);
      try {
        await createTransport({ url, socket, disableFileAccess: true, disableUrlAccess: true }).sendMail(message);
        return "sent";
      } catch (error) {
        return deliveryOf(error, logger);
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

/** A server is asked only for addresses that every server reads the same way. */
export function postOf(env: Env, logger: LoggerInstance): Post {
  const post = env.SMTP_URL ? bySmtp(env, env.SMTP_URL, logger) : toFiles(env, logger);
  return { ...post, deliver: async (mail) => (isMailable(mail.to) ? post.deliver(mail) : "refused") };
}
