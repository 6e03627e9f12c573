/** The names in a form's headers, in all the ways that clients write them, and as they are shown back. Pure. */
import { withoutUnshowable } from "../../../../contracts/text";
import { within } from "../../../../platform/graphemes";

/** UTF-16 units of a file's name. */
const NAME_MAX = 255;

/** Header lines arrive as bytes; names of fields and files are UTF-8. */
const utf8 = (binary: string): string => Buffer.from(binary, "latin1").toString("utf8");

const byteOf = (_all: string, hex: string): string => String.fromCharCode(parseInt(hex, 16));

/**
 * Browsers escape quotes and line ends as URLs do, and leave a backslash as it is; curl and libraries put a backslash
 * before quotes and backslashes.
 */
const unescaped = (value: string): string => utf8(value.replace(/\\(["\\])/g, "$1").replace(/%(22|0A|0D)/gi, byteOf));

/** `utf-8'en'...` or `iso-8859-1''...` (RFC 5987); undefined where it is neither. */
function extended(value: string | undefined): string | undefined {
  const [, charset = "", encoded] = /^(utf-8|iso-8859-1)'[^']*'((?:%[\da-f]{2}|[^%])*)$/i.exec(value ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const bytes = encoded.replace(/%([\da-f]{2})/gi, byteOf);
  return charset.toLowerCase() === "utf-8" ? utf8(bytes) : bytes;
}

/** A backslash before the last quote may be the name's own end, as browsers send it. */
const PARAMETER = /;\s*([\w*]+)=(?:"((?:[^"\\]|\\(?!"\s*(?:;|$))[^]|\\(?="\s*(?:;|$)))*)"|([^;]*))/g;

/** `name` and `filename` of a Content-Disposition. */
export function dispositionOf(header: string): { name?: string; filename?: string } {
  const found: Record<string, string> = {};
  const raw: Record<string, string> = {};
  for (const [, key = "", quoted, bare = ""] of header.matchAll(PARAMETER)) {
    raw[key.toLowerCase()] ??= quoted ?? bare.trim();
    found[key.toLowerCase()] ??= quoted === undefined ? utf8(bare.trim()) : unescaped(quoted);
  }
  const { name } = found;
  const filename = extended(raw["filename*"]) ?? found.filename;
  return { ...(name === undefined ? {} : { name }), ...(filename === undefined ? {} : { filename }) };
}

/** As it is shown back: no folders, no control characters, nothing that turns the direction of reading. */
export function shownName(raw: string): string {
  // Old browsers on Windows send the whole path; elsewhere a backslash is a letter, which some would take for a folder.
  const isWindowsPath = /^([a-z]:|\.{0,2})\\/i.test(raw);
  const base = raw.split(isWindowsPath ? /[/\\]/ : "/").pop() ?? "";
  const name = withoutUnshowable(base.replaceAll("\\", "_")).trim();
  // Of a name that is too long the end tells what it is.
  const extension = /\.[\p{L}\p{N}]{1,20}$/u.exec(name)?.[0] ?? "";
  return within(name.slice(0, name.length - extension.length), NAME_MAX - extension.length) + extension;
}
