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

/** In another language, where it is one of these; else as it is. */
export function toldIn(words: Readonly<Record<Told, string>>, text: string): string {
  for (const [key, english] of Object.entries(told) as [Told, string][]) {
    if (text === english) return words[key];
    if (key === "mutedUntil" && text.startsWith(`${english} `)) return words[key] + text.slice(english.length);
  }
  return text;
}
