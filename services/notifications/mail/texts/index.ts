/** The languages that mails are written in; another one is a file beside these and its name in contracts/unread-mail. */
import { type MailLanguage } from "../../../../contracts/unread-mail";
import { en } from "./en";
import { type MailTexts } from "./texts";
import { vi } from "./vi";

export type { MailTexts };
export const textsIn: Readonly<Record<MailLanguage, MailTexts>> = { en, vi };
