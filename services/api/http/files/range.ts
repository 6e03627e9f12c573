/** Which bytes of a file are asked for, and whether the client has them already (RFC 9110); pure. */
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

const tags = (header: string): string[] => header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));

/** True where the client's copy is the current one. */
export function isFresh(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && (ifNoneMatch.trim() === "*" || tags(ifNoneMatch).includes(etag));
}

/** A range is of use only for the very bytes that the client began with. */
export const rangeHolds = (ifRange: string | undefined, etag: string): boolean =>
  ifRange === undefined || ifRange.trim() === etag;

/** Content-Disposition with the name as ASCII for old clients and in full for all others (RFC 6266). */
export function contentDisposition(inline: boolean, name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const wellFormed = Buffer.from(name).toString(); // half of a surrogate pair would throw
  const full = encodeURIComponent(wellFormed).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${inline ? "inline" : "attachment"}; filename="${ascii}"; filename*=UTF-8''${full}`;
}
