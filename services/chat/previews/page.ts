/** What the head of a page says of it: Open Graph, Twitter's cards, or the plain title and description. Pure. */
import { Parser } from "htmlparser2";
import { cut } from "../../../platform/graphemes";

const TITLE = 200;
const DESCRIPTION = 400;
const MAX_URL = 2_000;
/** No honest title has more before it is cut. */
const MOST_TEXT = 4_000;
/** White space, controls, and what turns or hides the text around it. */
const UNSHOWN = /[\s\p{Cc}\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

const wanted = new Set([
  "og:title",
  "twitter:title",
  "og:description",
  "twitter:description",
  "description",
  "og:site_name",
  "og:image:secure_url",
  "og:image",
  "twitter:image",
]);

export interface PageWords {
  readonly title: string;
  readonly description: string | null;
  readonly site_name: string | null;
  readonly image: string | null;
}

const charsetIn = (contentType: string, bytes: Buffer): string =>
  (/charset\s*=\s*["']?([\w:-]{1,40})/i.exec(contentType) ??
    /<meta[^>]{0,200}charset\s*=\s*["']?([\w:-]{1,40})/i.exec(bytes.toString("latin1", 0, 2_048)))?.[1] ?? "utf-8";

export function decoded(bytes: Buffer, contentType: string): string {
  try {
    return new TextDecoder(charsetIn(contentType, bytes)).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // a charset that nobody knows
  }
}

/** The first of each of the wanted properties, and the title; up to the end of the head. */
function headOf(html: string): Map<string, string> {
  const found = new Map<string, string>();
  const note = (name: string | undefined, value: string | undefined): void => {
    const key = name?.trim().toLowerCase() ?? "";
    const words = value?.slice(0, MOST_TEXT).replace(UNSHOWN, " ").trim();
    if (words && wanted.has(key) && !found.has(key)) found.set(key, words);
  };
  let title: string | undefined;
  let inTitle = false;
  const parser = new Parser({
    onopentag(name, { property, name: named, content }) {
      inTitle = name === "title" && title === undefined;
      if (name === "meta") note(property ?? named, content);
    },
    ontext(text) {
      if (inTitle && (title?.length ?? 0) < MOST_TEXT) title = (title ?? "") + text;
    },
    onclosetag(name) {
      if (name === "title") inTitle = false;
    },
  });
  const end = html.search(/<body[\s>]|<\/head/i);
  parser.end(end < 0 ? html : html.slice(0, end));
  const words = title?.replace(UNSHOWN, " ").trim();
  if (words) found.set("title", words);
  return found;
}

/** Only over https:, so that what a client loads is nobody's on the way. */
function pictureOf(given: string | undefined, base: string): string | null {
  if (given === undefined || !URL.canParse(given, base)) return null;
  const { protocol, username, password, href } = new URL(given, base);
  return protocol === "https:" && !username && !password && href.length <= MAX_URL ? href : null;
}

/** Undefined where it has not even a title. @param url where it was found in the end */
export function wordsOf(html: string, url: string): PageWords | undefined {
  const head = headOf(html);
  const first = (...names: readonly string[]): string | undefined => {
    const name = names.find((n) => head.has(n));
    return name === undefined ? undefined : head.get(name);
  };
  const short = (text: string | undefined, max: number): string | null => (text === undefined ? null : cut(text, max));
  const title = first("og:title", "twitter:title", "title");
  if (title === undefined) return undefined;
  return {
    title: cut(title, TITLE),
    description: short(first("og:description", "twitter:description", "description"), DESCRIPTION),
    site_name: short(first("og:site_name"), TITLE),
    image: pictureOf(first("og:image:secure_url", "og:image", "twitter:image"), url),
  };
}
