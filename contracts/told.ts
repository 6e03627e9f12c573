/**
 * What the system itself says to people, in English: titles and words of notifications that are nobody's. Mails say them in
 * the reader's language; a title that ends in a time is followed by it.
 */
export const told = {
  reminder: "Reminder",
  reminderOfMessage: "You wanted to be reminded of a message.",
  notSent: "A scheduled message was not sent",
  warned: "A warning from the staff",
  mutedUntil: "You may not write until",
  unmuted: "You may write again",
  messageRemoved: "A message of yours was removed by the staff",
  fileRemoved: "A file of yours was removed by the staff",
  reportHandled: "Your report was handled",
  reportResolved: "The staff has looked at it and did something about it. Thank you.",
  reportDismissed: "The staff has looked at it and found nothing to be done. Thank you.",
} as const;
export type Told = keyof typeof told;

const keys = Object.keys(told) as Told[];

/** Which of these a text is, and the time that follows the one that ends in it; undefined where it is somebody's own words. */
export function toldBy(text: string): { readonly key: Told; readonly time: string } | undefined {
  const until = `${told.mutedUntil} `;
  if (text.startsWith(until)) return { key: "mutedUntil", time: text.slice(until.length) };
  const key = keys.find((one) => told[one] === text);
  return key && { key, time: "" };
}

/** In another language, where it is one of these; else as it is. */
export function toldIn(words: Readonly<Record<Told, string>>, text: string): string {
  const said = toldBy(text);
  if (!said) return text;
  return said.time ? `${words[said.key]} ${said.time}` : words[said.key];
}
