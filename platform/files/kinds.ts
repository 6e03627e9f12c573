/** The fourteen kinds of files that are accepted, and how a file's name, its declared type and its bytes must agree. */
import { fail } from "../../contracts/errors";

export type Kind =
  "jpg" | "png" | "gif" | "webp" | "mp4" | "webm" | "mov" | "pdf" | "doc" | "docx" | "txt" | "mp3" | "wav" | "ogg";

interface KindRow {
  readonly mime: string;
  /** Other names that clients declare the same kind by. */
  readonly aliases?: readonly string[];
  readonly extensions?: readonly string[];
  /** Browsers may show it in place; everything else is a download. */
  readonly inline: boolean;
}

export const kinds: Readonly<Record<Kind, KindRow>> = {
  jpg: { mime: "image/jpeg", aliases: ["image/jpg", "image/pjpeg"], extensions: ["jpg", "jpeg"], inline: true },
  png: { mime: "image/png", inline: true },
  gif: { mime: "image/gif", inline: true },
  webp: { mime: "image/webp", inline: true },
  mp4: { mime: "video/mp4", inline: true },
  webm: { mime: "video/webm", inline: true },
  mov: { mime: "video/quicktime", inline: true },
  pdf: { mime: "application/pdf", aliases: ["application/x-pdf"], inline: true },
  doc: { mime: "application/msword", inline: false },
  docx: { mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", inline: false },
  txt: { mime: "text/plain", inline: false },
  mp3: { mime: "audio/mpeg", aliases: ["audio/mp3", "audio/x-mp3", "audio/mpeg3"], inline: true },
  wav: { mime: "audio/wav", aliases: ["audio/x-wav", "audio/wave", "audio/vnd.wave"], inline: true },
  ogg: { mime: "audio/ogg", aliases: ["application/ogg"], inline: true },
};

const byMime = new Map(Object.entries(kinds).map(([kind, row]) => [row.mime, kind as Kind]));
const byExtension = new Map(
  Object.entries(kinds).flatMap(([kind, row]) => (row.extensions ?? [kind]).map((e) => [e, kind as Kind] as const)),
);

export const kindOfMime = (mime: string): Kind | undefined => byMime.get(mime);

const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/** Says nothing: what clients send that don't know the type of a file. */
const UNDECLARED = "application/octet-stream";

const unsupported = (message: string, rule: string) =>
  fail("UNSUPPORTED_TYPE", message, [{ field: "file", rule, message }]);

/** The kind that a file's name and declared type promise. Throws UNSUPPORTED_TYPE where they don't agree. */
export function promisedKind(name: string, declared: string | undefined): Kind {
  const kind = byExtension.get(extensionOf(name));
  if (!kind)
    throw unsupported(
      `Files of this name's kind are not accepted; expected ${[...byExtension.keys()].join(", ")}.`,
      "extension",
    );
  const { mime, aliases = [] } = kinds[kind];
  if (declared !== undefined && declared !== UNDECLARED && declared !== mime && !aliases.includes(declared))
    throw unsupported(`The name says ${mime}, but the declared type is another.`, "declared");
  return kind;
}

/** Throws UNSUPPORTED_TYPE where the bytes are not of the promised kind. */
export function agree(promised: Kind, sniffed: Kind | undefined): void {
  if (sniffed !== promised) throw unsupported(`The bytes are not those of a ${promised} file.`, "content");
}

/** For the deeper looks (images decoded, documents opened) that happen once a file is stored. */
export const damaged = (kind: Kind) => unsupported(`This is no ${kind} file that can be opened.`, "content");
