/** Which bytes of a file are asked for, and whether the client has them already (RFC 9110); pure. */
import { type IncomingHttpHeaders } from "node:http";
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

/** What tells one state of a file from another. */
export interface Version {
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** As headers say it: in whole seconds. */
export const lastModified = ({ modified }: Version): string => new Date(modified).toUTCString();

const isSame = (list: string, etag: string): boolean =>
  list.trim() === "*" || list.split(",").some((tag) => tag.trim() === etag);

/** Of a date that is none nothing is asked. */
const changedSince = (date: string | undefined, version: Version): boolean =>
  Date.parse(lastModified(version)) > Date.parse(date ?? "");

/** False where the client wants these bytes only if they are those it knows, and they are not. */
export function holds({ "if-match": match, "if-unmodified-since": since }: IncomingHttpHeaders, v: Version): boolean {
  return match === undefined ? !changedSince(since, v) : isSame(match, v.etag);
}

/**
 * True where the client's copy is the current one. `Cache-Control` is not asked: `fetch` sends `no-cache` with every
 * `If-None-Match` that a page sets.
 */
export const isFresh = (headers: IncomingHttpHeaders, version: Version): boolean =>
  fresh(
    { "if-none-match": headers["if-none-match"], "if-modified-since": headers["if-modified-since"] },
    { etag: version.etag, "last-modified": lastModified(version) },
  );

/** A range is of use only for the very bytes that the client began with. */
export const rangeHolds = (ifRange: string | undefined, version: Version): boolean =>
  ifRange === undefined || [version.etag, lastModified(version)].includes(ifRange.trim());

/** Content-Disposition with the name as ASCII for old clients and in full for all others (RFC 6266). */
export function contentDisposition(inline: boolean, name: string): string {
  const wellFormed = Buffer.from(name).toString(); // half of a surrogate pair would throw
  const fallback = wellFormed.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  return disposition(wellFormed, { type: inline ? "inline" : "attachment", fallback });
}
