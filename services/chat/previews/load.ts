/** Asks a site for the head of a page: public addresses alone, a few redirections, a bounded number of bytes, one deadline. */
import { getPage, type Page } from "../../../platform/outgoing";
import { decoded, type PageWords, wordsOf } from "./page";

const DEADLINE = 5_000;
const REDIRECTIONS = 3;
const MOST_BYTES = 256 * 1024;
const headers = {
  accept: "text/html,application/xhtml+xml",
  "accept-encoding": "identity",
  "user-agent": "Mozilla/5.0 (compatible; moleculer-chat link preview)",
};

const isEnough = (chunk: Buffer): boolean => chunk.includes("</head") || chunk.includes("<body");

/** Where a page has moved to; only to what is a link as those of messages are. */
function movedTo({ status, headers: { location } }: Page, from: string): string | undefined {
  if (status < 300 || status > 399 || location === undefined || !URL.canParse(location, from)) return undefined;
  const { protocol, username, password, href } = new URL(location, from);
  return /^https?:$/.test(protocol) && !username && !password ? href : undefined;
}

function readable({ status, headers: told }: Page): boolean {
  const encoding = told["content-encoding"] ?? "identity";
  return (
    status === 200 &&
    encoding === "identity" &&
    /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(told["content-type"] ?? "")
  );
}

/** Undefined where there is no page, or it says nothing of itself. @throws where the site does not answer */
export async function load(link: string, signal: AbortSignal): Promise<PageWords | undefined> {
  const end = performance.now() + DEADLINE;
  let url = link;
  for (let hop = 0; hop <= REDIRECTIONS; hop += 1) {
    const deadline = Math.max(1, end - performance.now());
    const page = await getPage({ url, headers, allowInward: false, signal, deadline }, MOST_BYTES, isEnough);
    if (readable(page)) return wordsOf(decoded(page.body, page.headers["content-type"] ?? ""), url);
    const next = movedTo(page, url);
    if (next === undefined) return undefined;
    url = next;
  }
  return undefined;
}
