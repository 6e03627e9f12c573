/** Other systems name their emoji; what no table knows is a picture of theirs, and none of ours. */
import iamcal from "emojibase-data/en/shortcodes/iamcal.json";
import github from "emojibase-data/en/shortcodes/github.json";

const byName = new Map<string, string>();
for (const table of [github, iamcal] as Readonly<Record<string, string | readonly string[]>>[])
  for (const [hexcode, names] of Object.entries(table)) {
    const emoji = String.fromCodePoint(...hexcode.split("-").map((hex) => parseInt(hex, 16)));
    for (const name of [names].flat()) byName.set(name, emoji);
  }

/** `thumbsup`, `:+1::skin-tone-3:` -> the emoji; skin tones are left out. */
export const emojiOf = (name: string): string | undefined =>
  byName.get(name.replace(/^:|:$/g, "").split("::", 1)[0] ?? "");

/** Names between colons in a text. */
export const withEmoji = (text: string): string =>
  text.replace(/:([a-z0-9_+-]{1,60}):/g, (all, name: string) => emojiOf(name) ?? all);
