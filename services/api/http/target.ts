/** What a request asks for: its path and query, however it is written. */
import { type IncomingMessage } from "node:http";
import { fail } from "../../../contracts/errors";

/** Proxies may send the whole address (RFC 9112, 3.2.2). @throws BAD_REQUEST */
export function targetOf({ url = "/", method, headers, headersDistinct, httpVersion }: IncomingMessage): string {
  if ((headersDistinct.host?.length ?? 0) > 1) throw fail("BAD_REQUEST", "There must be one Host header.");
  if (headers.host === undefined && httpVersion !== "1.0") throw fail("BAD_REQUEST", "A Host header is required.");
  if (url.startsWith("/") || (url === "*" && method === "OPTIONS")) return url;
  if (!URL.canParse(url)) throw fail("BAD_REQUEST", "The request's target must be a path or an address.");
  const { pathname, search } = new URL(url);
  return pathname + search;
}
