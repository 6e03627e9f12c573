/** Markdown as elements of ours: what a user wrote is parsed into words and never into HTML. */
import { Lexer, type Token, type Tokens } from "marked";
import { type ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../app/i18n";
import { say } from "../app/toasts";
import { IconButton } from "./Icon";
import { boxOf, unescaped } from "../../../platform/plain-text";

export interface Mention {
  readonly name: string;
  readonly me: boolean;
}

const MAX_DEPTH = 12;
const safe = (url: string): string | undefined => {
  const whole = /^www\./i.test(url) ? `https://${url}` : url;
  return URL.canParse(whole) && /^(https?|mailto):$/.test(new URL(whole).protocol) ? whole : undefined;
};

/** Parts of a text that name somebody are marked; the longest name first. */
function marked(text: string, mentions: readonly Mention[]): ComponentChildren {
  if (mentions.length === 0 || !text.includes("@")) return text;
  const names = [...mentions].sort((a, b) => b.name.length - a.name.length);
  const escaped = names.map(({ name }) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(@(?:${escaped.join("|")}))`, "giu"));
  return parts.map((part, i) => {
    if (i % 2 === 0) return part;
    const named = names.find(({ name }) => name.toLowerCase() === part.slice(1).toLowerCase());
    return <span class={`mention ${named?.me ? "me" : ""}`}>{part}</span>;
  });
}

function Code({ text }: { text: string }) {
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => say(t("copied")));
  return (
    <div class="code">
      <IconButton icon="copy" label={t("copyCode")} onClick={copy} />
      <pre dir="ltr" tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

type Names = readonly Mention[];
const inner = (token: { tokens?: Token[]; text?: string }, names: Names, depth: number): ComponentChildren =>
  token.tokens
    ? token.tokens.map((child) => shown(child, names, depth + 1))
    : marked(unescaped(token.text ?? ""), names);

function shown(token: Token, names: Names, depth: number): ComponentChildren {
  if (depth > MAX_DEPTH) return token.raw;
  const children = (): ComponentChildren => inner(token as Tokens.Text, names, depth);
  switch (token.type) {
    case "paragraph":
      return <p dir="auto">{children()}</p>;
    case "strong":
      return <strong>{children()}</strong>;
    case "em":
      return <em>{children()}</em>;
    case "del":
      return <del>{children()}</del>;
    case "codespan":
      return <code dir="ltr">{(token as Tokens.Codespan).text}</code>;
    case "code":
      return <Code text={(token as Tokens.Code).text} />;
    case "blockquote":
      return <blockquote dir="auto">{children()}</blockquote>;
    case "list":
      return listOf(token as Tokens.List, names, depth);
    case "link":
      return linkOf(token as Tokens.Link, names, depth);
    case "br":
      return <br />;
    case "checkbox":
      return boxOf(token as Tokens.Checkbox);
    case "space":
      return null;
    case "escape":
      return (token as Tokens.Escape).text;
    case "text":
      return (token as Tokens.Text).tokens ? children() : marked((token as Tokens.Text).raw, names);
    default:
      return <span dir="auto">{marked(token.raw.replace(/\n+$/, ""), names)}</span>; // headings, tables, HTML: as they were typed
  }
}

function listOf({ ordered, start, items }: Tokens.List, names: Names, depth: number) {
  const entries = items.map((item) => <li class={item.task ? "task" : undefined}>{inner(item, names, depth)}</li>);
  return ordered ? (
    <ol dir="auto" start={Number(start) || 1}>
      {entries}
    </ol>
  ) : (
    <ul dir="auto">{entries}</ul>
  );
}

function linkOf(token: Tokens.Link, names: Names, depth: number) {
  const to = safe(/^www\./i.test(token.raw) ? token.raw : unescaped(token.href));
  if (!to) return token.raw;
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow">
      {inner(token, names, depth)}
    </a>
  );
}

export function Markdown({ text, mentions = [] }: { text: string; mentions?: Names }) {
  const tokens = useMemo(() => new Lexer({ gfm: true, breaks: true }).lex(text), [text]);
  return <div class="text">{tokens.map((token) => shown(token, mentions, 0))}</div>;
}
