/** Slack's way of writing as plain text: its links, names and signs. Pure. */

/** Nothing of ours, and longer than any address. */
const TOKEN = /<([^<>\n]{1,3000})>/g;
const USER = /<@(\d{1,10})(?:\|[^<>\n]*)?>/g;

const SIGNS: readonly (readonly [string, string])[] = [
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&amp;", "&"],
];
const decoded = (text: string): string => SIGNS.reduce((all, [sign, char]) => all.replaceAll(sign, char), text);
/** What is no markup, as markup. */
export const escaped = (text: string): string =>
  [...SIGNS].reverse().reduce((all, [sign, char]) => all.replaceAll(char, sign), text);

/** Users of ours whom it names. */
export const namedIn = (mrkdwn: string): number[] => [
  ...new Set([...mrkdwn.matchAll(USER)].map(([, id]) => Number(id)).filter((id) => id >= 1 && id <= 2_147_483_647)),
];

const isAddress = (head: string): boolean => /^(https?:\/\/|mailto:|tel:)/i.test(head);
const plain = (address: string): string => address.replace(/^(mailto|tel):/i, "");

/** `!channel` is everybody, which is heard as such where the bot leads the group. */
function special(head: string, label: string | undefined): string {
  if (head === "!channel" || head === "!everyone" || head === "!group") return "@all";
  if (head === "!here") return "@here";
  return label ?? `@${head.slice(1).split("^").at(-1) ?? ""}`;
}

function shown(token: string, nameOf: (userId: number) => string | undefined): string | undefined {
  const bar = token.indexOf("|");
  const head = bar < 0 ? token : token.slice(0, bar);
  const label = (bar < 0 ? "" : token.slice(bar + 1)) || undefined;
  if (head.startsWith("!")) return special(head, label);
  if (head.startsWith("@")) return `@${nameOf(Number(head.slice(1))) ?? label ?? head.slice(1)}`;
  if (head.startsWith("#")) return `#${label ?? head.slice(1)}`;
  if (!isAddress(head)) return undefined;
  const address = plain(head);
  return label === undefined || label === address || label === head ? address : `${label} (${address})`;
}

/** What is no sign of Slack's stays as it is. */
export const toText = (mrkdwn: string, nameOf: (userId: number) => string | undefined): string =>
  decoded(mrkdwn.replace(TOKEN, (whole, token: string) => shown(token, nameOf) ?? whole));
