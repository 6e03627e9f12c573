/** Mails of what is unread, put together; there are none where no mail server is set. */
import { type Service } from "moleculer";
import { type Env } from "../../../contracts/env";
import { type Preferences } from "../../../contracts/notifications";
import { envOf } from "../../../platform/env";
import { postOf } from "../../../platform/mail";
import { type Documents } from "../../../mixins/documents";
import { type Badges } from "../badges";
import { type PreferencesBook } from "../preferences";
import { type Reading } from "../reading";
import { defaultPreferences } from "../rules";
import { type Usernames } from "../usernames";
import { MailBook } from "./book";
import { MailDispatcher } from "./dispatcher";
import { type MailDoc } from "./documents";
import { type Unsubscribing } from "./token";
import { MailWriter } from "./writer";

export interface Mailing {
  readonly book: MailBook;
  readonly writer: MailWriter;
  readonly dispatcher: MailDispatcher;
}

/** Files of a development's DATA_DIR/mail are no place for what people write to each other. */
const hasMail = ({ SMTP_URL }: Env): boolean => SMTP_URL !== undefined;

export const preferencesIn = (env: Env): Preferences =>
  hasMail(env) ? { ...defaultPreferences, mail: { when: env.UNREAD_MAIL, language: "en" } } : defaultPreferences;

/** Of the service's context. */
interface Needs {
  readonly service: Service;
  readonly stores: { readonly mails: Documents<MailDoc> };
  readonly reading: Reading;
  readonly badges: Badges;
  readonly usernames: Usernames;
  readonly preferences: PreferencesBook;
  readonly unsubscribing: Unsubscribing;
  keptSince(): Date;
  isOnline(userId: number): boolean;
}

export function mailingOf(context: Needs): Mailing | undefined {
  const { broker, logger } = context.service;
  const env = envOf(broker);
  if (!hasMail(env)) return undefined;
  const { usernames, unsubscribing, preferences } = context;
  const book = new MailBook(() => context.stores.mails);
  const unread = {
    list: async (userId: number, limit: number) => {
      const asked = { unreadOnly: true, limit, keptSince: context.keptSince() };
      return (await context.reading.list(userId, asked)).map(({ doc }) => doc);
    },
    count: (userId: number) => context.badges.count(userId),
  };
  const writer = new MailWriter(broker, env, usernames, unread, unsubscribing);
  const isOnline = (userId: number): boolean => context.isOnline(userId);
  const needs = { logger, book, writer, preferences, post: postOf(env, logger), isOnline, limits: env };
  return { book, writer, dispatcher: new MailDispatcher(needs) };
}
