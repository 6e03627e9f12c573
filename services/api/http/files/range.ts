/** Which bytes of a file are asked for, and whether the client has them already (RFC 9110); pure. */
import disposition from "content-disposition";
import fresh from "fresh";
import { type ByteRange } from "../../../../platform/files";

/** The one range that a header asks for; undefined = the whole file (also for what we need not understand). */
export function rangeOf(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}

/**
 * True where the client's copy is the current one. No other header is asked: `fetch` sends `Cache-Control: no-cache` with
 * every `If-None-Match` that a page sets.
 */
export const isFresh = (ifNoneMatch: string | undefined, etag: string): boolean =>
  fresh({ "if-none-match": ifNoneMatch }, { etag });

/** A range is of use only for the very bytes that the client began with. */
export const rangeHolds = (ifRange: string | undefined, etag: string): boolean =>
  ifRange === undefined || ifRange.trim() === etag;

/** Content-Disposition with the name as ASCII for old clients and in full for all others (RFC 6266). */
export function contentDisposition(inline: boolean, name: string): string {
  const wellFormed = Buffer.from(name).toString(); // half of a surrogate pair would throw
  const fallback = wellFormed.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  return disposition(wellFormed, { type: inline ? "inline" : "attachment", fallback });
}
