/** What Markdown says without its marks: for one line in a list, a quote, a preview, a push, a mail. Pure, and in browsers, too. */
import { Lexer, type Token, type Tokens } from "marked";

/** The lexer escapes for HTML, which the page is not. */
const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" } as const;
export const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name as keyof typeof entities]);

/** Of a list of tasks. */
export const boxOf = ({ checked }: Pick<Tokens.Checkbox, "checked">): string => (checked ? "☑ " : "☐ ");

const MAX_DEPTH = 12;
/** More than a line can show; what follows is not looked at. */
const MOST = 600;

function wordsOf(token: Token, depth: number): string {
  const { tokens, text, raw } = token as { tokens?: Token[]; text?: string; raw: string };
  if (depth > MAX_DEPTH) return raw;
  switch (token.type) {
    case "list":
      return (token as Tokens.List).items.map((item) => all(item.tokens, depth)).join(" ");
    case "checkbox":
      return boxOf(token as Tokens.Checkbox);
    case "space":
    case "br":
    case "hr":
      return " ";
    case "code":
    case "codespan":
    case "escape":
      return text ?? raw;
    case "link":
      return tokens ? all(tokens, depth) : raw;
    case "paragraph":
    case "strong":
    case "em":
    case "del":
    case "blockquote":
    case "list_item":
      return tokens ? all(tokens, depth) : raw;
    case "text":
      return tokens ? all(tokens, depth) : raw;
    default:
      return raw; // headings, tables, HTML are shown as they were typed
  }
}
const all = (tokens: readonly Token[], depth: number): string =>
  tokens.map((token) => wordsOf(token, depth + 1)).join("");

/** On one line. */
export function plainOf(markdown: string): string {
  const start = markdown.slice(0, MOST);
  return unescaped(all(new Lexer({ gfm: true, breaks: true }).lex(start), 0))
    .replace(/\s+/g, " ")
    .trim();
}
