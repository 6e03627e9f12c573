/** Mails of what stays unread: when an account wants one, in which language; where a mail server is set, and only there. */
import { type Infer, object, oneOf, optional } from "./schema";

/** `soon`: after UNREAD_MAIL_AFTER; `hourly`, `daily`: gathered for so long. */
export const mailTimes = ["off", "soon", "hourly", "daily"] as const;
export type MailTime = (typeof mailTimes)[number];

export const mailLanguages = ["en", "vi"] as const;
export type MailLanguage = (typeof mailLanguages)[number];

const when = oneOf(mailTimes);
const language = oneOf(mailLanguages);

export const MailWish = object({ when, language });
export type MailWish = Infer<typeof MailWish>;
export const changedMailWish = object({ when: optional(when), language: optional(language) });

/**
 * - `none`: no such notification, or it is read, or was when its mail was written.
 * - `off`: the account wants none.
 * - `no_address`: there is no verified one.
 * - `waiting`: it goes out at `at`, unless it is read before; who is online then is asked again later.
 * - `sent`: it was in a mail; the last one went out at `at`.
 */
export const mailStates = ["none", "off", "no_address", "waiting", "sent"] as const;
