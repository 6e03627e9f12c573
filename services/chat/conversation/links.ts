/** The link of a text that a preview is made of: the first one. Pure. */

const MAX_URL = 2_000;
const LINK = /\bhttps?:\/\/[^\s<>"`]+/gi;
/** What ends a sentence behind a link is none of it. */
const TRAILING = /[.,;:!?'*_~\]}»”’)]/;

/** A closing bracket belongs to the link where the opening one does. */
function ended(link: string): string {
  let open = 0;
  for (const c of link) open += c === "(" ? 1 : c === ")" ? -1 : 0;
  let end = link.length;
  for (; end > 0 && TRAILING.test(link[end - 1] ?? ""); end -= 1) {
    if (link[end - 1] !== ")") continue;
    if (open >= 0) break;
    open += 1;
  }
  return link.slice(0, end);
}

/** Undefined where there is none that a server could ask for. */
export function linkIn(text: string): string | undefined {
  for (const [found] of text.matchAll(LINK)) {
    const link = ended(found.slice(0, MAX_URL + 1));
    if (link.length > MAX_URL || !URL.canParse(link)) continue;
    const { hostname, username, password } = new URL(link);
    if (hostname.includes(".") && !username && !password) return link;
  }
  return undefined;
}
