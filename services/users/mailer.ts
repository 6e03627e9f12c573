/** The mails of the accounts: how they are sent, and what they say. */
import { type LoggerInstance } from "moleculer";
import { type Env } from "../../contracts/env";
import { badField, fail } from "../../contracts/errors";
import { type Mail, pageLink, postOf } from "../../platform/mail";
import { button, page, paragraph, smallPrint } from "../../platform/mail-html";

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

interface Letter {
  readonly subject: string;
  readonly why: string;
  readonly url: string;
  readonly label: string;
  readonly note: string;
}

const letter = (to: string, { subject, why, url, label, note }: Letter): Mail => ({
  to,
  subject,
  text: `${why}\n\n${url}\n\n${note}\n`,
  html: page({
    language: "en",
    title: subject,
    preheader: why,
    // Who does not trust a button sees where it leads.
    content: [paragraph(why), button(url, label), smallPrint(url), paragraph(note)],
  }),
});

export const resetMail = (env: Env, to: string, token: string): Mail =>
  letter(to, {
    subject: "Set a new password",
    why: "Somebody, hopefully you, asked to set a new password.",
    url: linkTo(env, "reset", token),
    label: "Set a new password",
    note: "The link works once, for one hour. If it was not you, nothing has changed.",
  });

export const inviteLink = (env: Env, code: string): string => linkTo(env, "invite", code);

export const inviteMail = (env: Env, to: string, code: string, until: string): Mail =>
  letter(to, {
    subject: "You are invited",
    why: "Somebody invites you to chat with them.",
    url: inviteLink(env, code),
    label: "Make an account",
    note: `The link makes one account, for this address, until ${until.slice(0, 10)}. If you don't want one, ignore this mail.`,
  });

export const verifyMail = (env: Env, to: string, token: string): Mail =>
  letter(to, {
    subject: "Verify your e-mail",
    why: "This address was given for an account.",
    url: linkTo(env, "verify", token),
    label: "Verify this address",
    note: "The link works once, for one day. If it was not you, ignore this mail.",
  });
