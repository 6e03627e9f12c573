/** A mail of what is unread, out of plain values: one part for each conversation, its newest lines, a link into it. Pure. */
import { type Notification } from "../../../contracts/shapes";
import { toldIn, toldOfMessages } from "../../../contracts/told";
import { type Mail } from "../../../platform/mail";
import { pageOf } from "./page";
import { plainOf } from "./plain";
import { type Line, type Section, type Told } from "./said";
import { type MailTexts } from "./texts";

/** Of one conversation, and conversations of one mail. */
const LINES = 5;
const PARTS = 10;

export interface Item {
  readonly type: Notification["type"];
  readonly conversation: {
    readonly id: string;
    readonly type: "private" | "group";
    readonly name: string | null;
  } | null;
  /** Whose doing it is. */
  readonly by: string | undefined;
  readonly title: string;
  /** Without marks, on one line. */
  readonly words: string;
  readonly at: Date;
}

export interface Letter {
  readonly to: { readonly userId: number; readonly email: string; readonly username: string };
  readonly texts: MailTexts;
  /** Oldest first. */
  readonly items: readonly Item[];
  /** All that they have not read, here or not. */
  readonly unread: number;
  /** Whether what was written may stand in it. */
  readonly showsWords: boolean;
  readonly timezone: string;
  /** Where the system is, without a `/` at its end. */
  readonly base: string;
  readonly token: string;
  /** The same for the same items, so that a mail that is sent twice is known as one. */
  readonly key: string;
}

type Part = readonly Item[];

function partsOf(items: readonly Item[]): Part[] {
  const parts = new Map<string, Item[]>();
  for (const item of items) {
    const key = item.conversation?.id ?? `alone:${parts.size}`;
    const part = parts.get(key);
    if (part) part.push(item);
    else parts.set(key, [item]);
  }
  return [...parts.values()];
}

function headOf([first]: Part, texts: MailTexts): string {
  if (!first) return "";
  const { conversation, by, title } = first;
  if (!conversation) return toldIn(texts.told, title);
  if (conversation.type === "group") return conversation.name ?? texts.aGroup;
  return by ?? texts.somebody;
}

function lineOf({ type, conversation, by, words, at }: Item, texts: MailTexts, clock: Intl.DateTimeFormat): Line {
  const when = clock.format(at);
  if (type === "group_invite") return { when, words: texts.invited(by, conversation?.name ?? texts.aGroup) };
  const said = toldIn(texts.told, words, type === "message" ? toldOfMessages : undefined);
  return { when, ...(conversation?.type === "group" && by !== undefined ? { who: by } : {}), words: said };
}

function sectionOf(part: Part, { texts, base, showsWords }: Letter, clock: Intl.DateTimeFormat): Section {
  const shown = showsWords ? part.slice(-LINES) : [];
  const [{ conversation } = { conversation: null }] = part;
  return {
    head: headOf(part, texts),
    count: part.length,
    lines: shown.map((item) => lineOf(item, texts, clock)),
    more: showsWords ? part.length - shown.length : 0,
    url: `${base}/#/${conversation ? `c/${conversation.id}` : ""}`,
  };
}

function subjectOf(parts: readonly Part[], { texts, unread }: Letter): string {
  const [only] = parts;
  const conversation = only?.[0]?.conversation;
  if (parts.length > 1 || !only || !conversation) return texts.subject.many(unread);
  const head = headOf(only, texts);
  return conversation.type === "group" ? texts.subject.in(head) : texts.subject.from(head);
}

/** A mail of one conversation belongs to those before it, which mail programs show together. */
function threadOf(parts: readonly Part[], { to, base }: Letter): Pick<Mail, "references"> {
  const conversation = parts.length === 1 ? parts[0]?.[0]?.conversation : undefined;
  return conversation ? { references: `<c.${conversation.id}.${to.userId}@${hostOf(base)}>` } : {};
}

const hostOf = (base: string): string => new URL(base).hostname;

export function mailOf(letter: Letter): Mail {
  const { to, texts, items, unread, timezone, base, token, key } = letter;
  const clock = new Intl.DateTimeFormat(texts.locale, { dateStyle: "short", timeStyle: "short", timeZone: timezone });
  const parts = partsOf(items);
  const told = parts.slice(-PARTS);
  const subject = subjectOf(parts, letter);
  const says: Told = {
    ...{ subject, texts, unread },
    name: to.username,
    sections: told.map((part) => sectionOf(part, letter, clock)),
    elsewhere: unread - told.flat().length,
    links: { settings: `${base}/#/settings/notifications`, end: `${base}/#unsubscribe=${token}` },
  };
  return {
    to: to.email,
    subject,
    text: plainOf(says),
    html: pageOf(says),
    messageId: `<n.${key}.${to.userId}@${hostOf(base)}>`,
    ...threadOf(parts, letter),
    headers: {
      // One click without a page in between (RFC 8058); a GET, which scanners make, ends nothing.
      "List-Unsubscribe": `<${base}/mail/unsubscribe/${token}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      "List-Id": `<unread.${hostOf(base)}>`,
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
  };
}
