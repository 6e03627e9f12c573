/** The text part of a mail of what is unread. Pure. */
import { type Line, type Section, type Told } from "./said";

const lineOf = ({ when, who, words }: Line): string => `  ${when}  ${who === undefined ? "" : `${who}: `}${words}`;

const linesOf = ({ head, count, lines, more, url }: Section, texts: Told["texts"]): string[] => [
  `${head} (${count})`,
  ...lines.map(lineOf),
  ...(more > 0 ? [`  ${texts.more(more)}`] : []),
  `  ${texts.open} ${url}`,
  "",
];

export const plainOf = ({ texts, name, unread, sections, elsewhere, links }: Told): string =>
  [
    texts.hello(name),
    "",
    texts.unread(unread),
    "",
    ...sections.flatMap((one) => linesOf(one, texts)),
    ...(elsewhere > 0 ? [texts.moreElsewhere(elsewhere), ""] : []),
    "-- ",
    texts.why,
    `${texts.settings} ${links.settings}`,
    `${texts.end} ${links.end}`,
    "",
  ].join("\n");
