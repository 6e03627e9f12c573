/**
 * What the system itself says to people, in English: titles and words of notifications that are nobody's. Mails and the page
 * say them in the reader's language. `{time}`, `{count}`, `{group}` are blanks.
 */
export const told = {
  reminder: "Reminder",
  reminderOfMessage: "You wanted to be reminded of a message.",
  notSent: "A scheduled message was not sent",
  warned: "A warning from the staff",
  mutedUntil: "You may not write until {time}",
  unmuted: "You may write again",
  messageRemoved: "A message of yours was removed by the staff",
  fileRemoved: "A file of yours was removed by the staff",
  reportHandled: "Your report was handled",
  reportResolved: "The staff has looked at it and did something about it. Thank you.",
  reportDismissed: "The staff has looked at it and found nothing to be done. Thank you.",
  attachment: "Sent an attachment",
  attachments: "Sent {count} attachments",
  newMessage: "New message",
  added: "Added to {group}",
  nowMember: "You are now a member of {group}.",
  unnamedGroup: "a group",
} as const;
export type Told = keyof typeof told;

/** What stands for the words of a message that has none; all else in one is somebody's own. */
export const toldOfMessages: readonly Told[] = ["attachment", "attachments"];

/** What may stand in a blank. */
const blanks: Readonly<Record<string, RegExp>> = {
  time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  count: /^\d+$/,
  group: /./s,
};
const BLANK = /\{(\w+)\}/;
const filled = (words: string, value: string): string => words.replace(BLANK, () => value);
/** One that has something to fill in. */
export const tell = (key: Told, value: string | number): string => filled(told[key], String(value));

const keys = Object.keys(told) as Told[];

/** What stands in the blank where the text is these words; undefined where it is not. */
function valueIn(words: string, text: string): string | undefined {
  const [before = "", blank, after = ""] = words.split(BLANK);
  if (blank === undefined) return text === words ? "" : undefined;
  if (!text.startsWith(before) || !text.endsWith(after)) return undefined;
  const value = text.slice(before.length, text.length - after.length);
  return blanks[blank]?.test(value) ? value : undefined;
}

/** Which of these a text is, and what it is filled with; undefined where it is somebody's own words. */
export function toldBy(
  text: string,
  among: readonly Told[] = keys,
): { readonly key: Told; readonly value: string } | undefined {
  for (const key of among) {
    const value = valueIn(told[key], text);
    if (value !== undefined) return { key, value };
  }
  return undefined;
}

/** In another language, where it is one of these; else as it is. */
export function toldIn(words: Readonly<Record<Told, string>>, text: string, among: readonly Told[] = keys): string {
  const said = toldBy(text, among);
  return said ? filled(words[said.key], said.value) : text;
}
