/** The mails of the accounts: how they are sent, and what they say. */
import { type LoggerInstance } from "moleculer";
import { type Env } from "../../contracts/env";
import { badField, fail } from "../../contracts/errors";
import { type Mail, pageLink, postOf } from "../../platform/mail";

export interface Mailer {
  /** @throws BAD_REQUEST where the address is refused, UNAVAILABLE where the mail can't be sent now */
  send(mail: Mail): Promise<void>;
  /** Ends what is being sent. */
  close(): void;
}

export function openMailer(env: Env, logger: LoggerInstance): Mailer {
  const post = postOf(env, logger);
  return {
    async send(mail) {
      const delivery = await post.deliver(mail);
      if (delivery === "refused")
        throw badField("email", "recipient", "The mail server takes no mail for this address.");
      if (delivery !== "sent") throw fail("UNAVAILABLE", "Mails can't be sent now; try again.");
    },
    close: () => post.close(),
  };
}

const linkTo = (env: Env, what: string, token: string): string => pageLink(env, `${what}=${token}`);

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
