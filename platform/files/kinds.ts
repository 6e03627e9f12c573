/** The kinds of files that are accepted, and how a file's name, its declared type and its bytes must agree. */
import { fail } from "../../contracts/errors";
import { type FileKind as Kind } from "../../contracts/uploads";
import { type Form } from "./sniff";

export type { Kind };

interface KindRow {
  readonly mime: string;
  /** Other names that clients declare the same kind by. */
  readonly aliases?: readonly string[];
  /** The kind's own name where left out. */
  readonly extensions?: readonly string[];
  /** What its bytes may be; a deeper look at some forms comes once the file is stored. */
  readonly forms: readonly Form[];
  /** Browsers may show it in place; everything else is a download. */
  readonly inline: boolean;
}

const office = (what: string): string => `application/vnd.openxmlformats-officedocument.${what}`;

export const kinds: Readonly<Record<Kind, KindRow>> = {
  jpg: {
    mime: "image/jpeg",
    aliases: ["image/jpg", "image/pjpeg"],
    extensions: ["jpg", "jpeg", "jfif"],
    forms: ["jpeg"],
    inline: true,
  },
  png: { mime: "image/png", forms: ["png"], inline: true },
  gif: { mime: "image/gif", forms: ["gif"], inline: true },
  webp: { mime: "image/webp", forms: ["webp"], inline: true },
  heic: { mime: "image/heic", aliases: ["image/heif"], extensions: ["heic", "heif"], forms: ["heic"], inline: false },
  mp4: { mime: "video/mp4", aliases: ["video/x-m4v"], extensions: ["mp4", "m4v"], forms: ["mp4"], inline: true },
  webm: { mime: "video/webm", forms: ["webm"], inline: true },
  mov: { mime: "video/quicktime", forms: ["mov"], inline: true },
  pdf: { mime: "application/pdf", aliases: ["application/x-pdf"], forms: ["pdf"], inline: true },
  doc: { mime: "application/msword", forms: ["ole"], inline: false },
  docx: { mime: office("wordprocessingml.document"), forms: ["zip"], inline: false },
  xlsx: { mime: office("spreadsheetml.sheet"), forms: ["zip"], inline: false },
  pptx: { mime: office("presentationml.presentation"), forms: ["zip"], inline: false },
  txt: { mime: "text/plain", forms: ["text"], inline: false },
  csv: {
    mime: "text/csv",
    aliases: ["application/csv", "text/x-csv", "application/vnd.ms-excel", "text/plain"], // Excel claims it on Windows
    forms: ["text"],
    inline: false,
  },
  zip: { mime: "application/zip", aliases: ["application/x-zip-compressed"], forms: ["zip"], inline: false },
  mp3: { mime: "audio/mpeg", aliases: ["audio/mp3", "audio/x-mp3", "audio/mpeg3"], forms: ["mp3"], inline: true },
  m4a: {
    mime: "audio/mp4",
    aliases: ["audio/x-m4a", "audio/m4a"],
    extensions: ["m4a", "mp4"],
    forms: ["m4a", "mp4"], // what browsers record is called video by its bytes
    inline: true,
  },
  wav: { mime: "audio/wav", aliases: ["audio/x-wav", "audio/wave", "audio/vnd.wave"], forms: ["wav"], inline: true },
  ogg: {
    mime: "audio/ogg",
    aliases: ["application/ogg", "audio/opus"],
    extensions: ["ogg", "oga", "opus"],
    forms: ["ogg"],
    inline: true,
  },
  weba: { mime: "audio/webm", extensions: ["weba", "webm"], forms: ["webm"], inline: true },
};

const rows = Object.entries(kinds) as [Kind, KindRow][];
const byMime = new Map(rows.map(([kind, row]) => [row.mime, kind]));

export const kindOfMime = (mime: string): Kind | undefined => byMime.get(mime);

const extensionsOf = (kind: Kind): readonly string[] => kinds[kind].extensions ?? [kind];
const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/** Says nothing: what clients send that don't know the type of a file. */
const UNDECLARED = "application/octet-stream";

const isDeclared = (kind: Kind, declared: string | undefined): boolean => {
  const { mime, aliases = [] } = kinds[kind];
  return declared === undefined || declared === UNDECLARED || declared === mime || aliases.includes(declared);
};

const unsupported = (message: string, rule: string) =>
  fail("UNSUPPORTED_TYPE", message, [{ field: "file", rule, message }]);

/**
 * The kind that a file's name and declared type promise: a name such as `a.webm` may be a video or a voice.
 * @throws UNSUPPORTED_TYPE where they don't agree, or promise what is not taken
 */
export function promisedKind(name: string, declared: string | undefined, taken: readonly Kind[]): Kind {
  const extension = extensionOf(name);
  const named = taken.filter((kind) => extensionsOf(kind).includes(extension));
  const [first] = named;
  if (!first) {
    const expected = [...new Set(taken.flatMap(extensionsOf))].join(", ");
    throw unsupported(`Files of this name's kind are not accepted; expected ${expected}.`, "extension");
  }
  const kind = named.find((candidate) => isDeclared(candidate, declared));
  if (!kind) throw unsupported(`The name says ${kinds[first].mime}, but the declared type is another.`, "declared");
  return kind;
}

/** Throws UNSUPPORTED_TYPE where the bytes are not of the promised kind. */
export function agree(promised: Kind, form: Form | undefined): void {
  if (!form || !kinds[promised].forms.includes(form))
    throw unsupported(`The bytes are not those of a ${promised} file.`, "content");
}

export const isText = (kind: Kind): boolean => kinds[kind].forms.includes("text");

/** For the deeper looks (images decoded, documents opened) that happen once a file is stored. */
export const damaged = (kind: Kind) => unsupported(`This is no ${kind} file that can be opened.`, "content");
