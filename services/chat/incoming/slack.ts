/**
 * A message as Slack's webhooks take it, as one text in its markup: blocks and attachments say in words what they show,
 * and what can't be said is named in brackets. Pure; whatever it is given, it gives a text.
 */
import { escaped } from "./mrkdwn";

interface Node {
  readonly [field: string]: unknown;
}
export interface SlackMessage {
  readonly text?: string | null | undefined;
  readonly blocks?: readonly unknown[] | null | undefined;
  readonly attachments?: readonly unknown[] | null | undefined;
}

/** Nothing of Slack's lies deeper, and no more than this is looked at. */
const DEEPEST = 8;
const MOST = 200;

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);
const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.slice(0, MOST).filter(isNode) : []);
const words = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
const lines = (parts: readonly string[]): string => parts.filter((part) => part.trim() !== "").join("\n");
/** In the markup a sign would end the address or the label. */
const inLink = (text: string): string => text.replace(/[<>|\n]/g, " ").trim();
const link = (address: string, label: string): string =>
  /^https?:\/\//i.test(address) ? `<${inLink(address)}|${inLink(label) || inLink(address)}>` : label;

/** A text object: `mrkdwn` is markup, `plain_text` is not. */
function textOf(value: unknown): string {
  if (!isNode(value)) return words(value);
  return value.type === "plain_text" ? escaped(words(value.text)) : words(value.text);
}

type Say = (node: Node, depth: number) => string;
const all = (value: unknown, depth: number, say: Say): string[] =>
  depth > DEEPEST ? [] : nodes(value).map((node) => say(node, depth + 1));

/** By names that others give: none of them is anything that objects have by themselves. */
const kinds = <T>(table: Readonly<Record<string, T>>): ReadonlyMap<string, T> => new Map(Object.entries(table));

/** The pieces of rich text. */
const pieces = kinds<(node: Node) => string>({
  text: ({ text }) => escaped(words(text)),
  link: ({ url, text }) => link(words(url), escaped(words(text))),
  user: ({ user_id }) => `<@${inLink(words(user_id))}>`,
  usergroup: ({ usergroup_id }) => `@${escaped(words(usergroup_id))}`,
  channel: ({ channel_id }) => `<#${inLink(words(channel_id))}>`,
  broadcast: ({ range }) => `<!${inLink(words(range))}>`,
  emoji: ({ name, unicode }) => emojiOf(words(unicode)) ?? `:${escaped(words(name))}:`,
  date: ({ fallback }) => escaped(words(fallback)),
});

function emojiOf(unicode: string): string | undefined {
  const points = unicode.split("-").map((hex) => parseInt(hex, 16));
  return points.every((point) => point > 0 && point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

const richText: Say = (node, depth) => {
  const kind = words(node.type);
  const piece = pieces.get(kind);
  if (piece) return piece(node);
  const inner = all(node.elements, depth, richText);
  if (kind === "rich_text_list") {
    const mark = (i: number): string => (node.style === "ordered" ? `${i + 1}.` : "•");
    return inner.map((item, i) => `${mark(i)} ${item}`).join("\n");
  }
  if (kind === "rich_text_quote") return inner.join("").replace(/^/gm, "> ");
  if (kind === "rich_text_preformatted") return `\`\`\`\n${inner.join("")}\n\`\`\``;
  return kind === "rich_text" ? lines(inner) : inner.join("");
};

/** What stands in a section or a line of context: a picture, a button, or words. */
const element: Say = (node) => {
  if (node.type === "image") return link(words(node.image_url), escaped(words(node.alt_text)) || "image");
  if (node.type === "button") return link(words(node.url), textOf(node.text));
  if (typeof node.text === "string" || isNode(node.text)) return textOf(isNode(node.text) ? node.text : node);
  return "";
};

const said = kinds<Say>({
  header: ({ text }) => textOf(text),
  divider: () => "---",
  section: ({ text, fields, accessory }, depth) =>
    lines([textOf(text), ...all(fields, depth, textOf), isNode(accessory) ? element(accessory, depth) : ""]),
  context: ({ elements }, depth) => all(elements, depth, element).join(" "),
  actions: ({ elements }, depth) => all(elements, depth, element).join(" "),
  image: ({ title, alt_text, image_url }) =>
    link(words(image_url), textOf(title) || escaped(words(alt_text)) || "image"),
  video: ({ title, title_url, video_url }) => link(words(title_url) || words(video_url), textOf(title) || "video"),
  markdown: ({ text }) => escaped(words(text)),
  rich_text: richText,
});

/** What it is can be said where what it shows can't. */
const block: Say = (node, depth) => {
  const say = said.get(words(node.type));
  return say ? say(node, depth) : `[${escaped(words(node.type)).slice(0, 64) || "?"}]`;
};

const field: Say = ({ title, value }) => [words(title), words(value)].filter(Boolean).join(": ");

/** The older way: a box with a title, a text and fields. */
const attachment: Say = (node, depth) => {
  const { pretext, author_name, title, title_link, text, fields, image_url, footer, fallback } = node;
  const body = lines([
    words(pretext),
    escaped(words(author_name)),
    link(words(title_link), words(title)),
    words(text),
    ...all(fields, depth, field),
    ...all(node.blocks, depth, block),
    words(image_url) && link(words(image_url), "image"),
    ...all(node.actions, depth, element),
    escaped(words(footer)),
  ]);
  return body || words(fallback);
};

/** With blocks `text` is what Slack shows in notifications only. */
export function mrkdwnOf({ text, blocks, attachments }: SlackMessage): string {
  const shown = lines(all(blocks, 0, block));
  return lines([shown || words(text), ...all(attachments, 0, attachment)]);
}
