/** Why a message made a notification, or none, in words. */
import { type Word } from "./i18n";

const words = {
  made: "whyMade",
  waiting: "whyWaiting",
  pending: "whyPending",
  type_off: "whyTypeOff",
  conversation_off: "whyConversationOff",
  muted: "whyMuted",
  mentions_only: "whyMentionsOnly",
  large_group: "whyLargeGroup",
  own_message: "whyOwn",
  system_message: "whySystem",
  read: "whyRead",
} as const satisfies Readonly<Record<string, Word>>;

export const whyNotified = (reason: keyof typeof words): Word => words[reason];

const ofOthers = {
  ...words,
  made: "tracedMade",
  waiting: "tracedWaiting",
  own_message: "tracedOwn",
  mentions_only: "tracedMentionsOnly",
  type_off: "tracedTypeOff",
  read: "tracedRead",
  hidden: "tracedHidden",
  deleted: "tracedDeleted",
} as const satisfies Readonly<Record<string, Word>>;

/** Of a recipient, for the staff. */
export const whyTraced = (reason: keyof typeof ofOthers): Word => ofOthers[reason];

const ofMail = {
  none: "mailIsNone",
  off: "mailIsOff",
  no_address: "mailHasNoAddress",
  waiting: "mailIsWaiting",
  sent: "mailIsSent",
} as const satisfies Readonly<Record<string, Word>>;

/** What became of it by mail. */
export const whatOfMail = (state: keyof typeof ofMail): Word => ofMail[state];
