/** Tells a file's kind by its first bytes; pure. Names and declared types are never looked at here. */
import { type Kind } from "./kinds";

/** Enough of a file's beginning for every rule below. */
export const HEAD_BYTES = 4096;

const starts = (head: Buffer, signature: string, at = 0): boolean =>
  head.length >= at + signature.length && head.toString("latin1", at, at + signature.length) === signature;

/** Brands of the ISO container that are plain MP4 video; others are audio only, still images or 3GP. */
const mp4Brands = new Set(["isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso8", "iso9", "mp41", "mp42", "mp71"]);
for (const brand of ["avc1", "MSNV", "M4V ", "M4VP", "dash", "mmp4", "f4v "]) mp4Brands.add(brand);

function sniffIso(head: Buffer): Kind | undefined {
  if (starts(head, "ftyp", 4)) {
    const brand = head.toString("latin1", 8, 12);
    if (brand === "qt  ") return "mov";
    return mp4Brands.has(brand) ? "mp4" : undefined;
  }
  // QuickTime files of before there were brands begin with any of these boxes.
  return ["moov", "mdat", "wide", "free", "skip", "pnot"].some((box) => starts(head, box, 4)) ? "mov" : undefined;
}

function sniffRiff(head: Buffer): Kind | undefined {
  if (starts(head, "WEBP", 8)) return "webp";
  return starts(head, "WAVE", 8) ? "wav" : undefined;
}

/** An MPEG audio frame of layer III with no reserved value in its header. */
function isMp3Frame(head: Buffer): boolean {
  const [sync, version, rate] = [head[0] ?? 0, head[1] ?? 0, head[2] ?? 0xff];
  const layer3 = (version & 0x06) === 0x02;
  const reserved = (version & 0x18) === 0x08 || rate >> 4 === 15 || (rate & 0x0c) === 0x0c;
  return sync === 0xff && (version & 0xe0) === 0xe0 && layer3 && !reserved;
}

function isId3(head: Buffer): boolean {
  const [major = 0, , , ...size] = head.subarray(3, 10);
  return starts(head, "ID3") && head.length >= 10 && major >= 2 && major <= 4 && size.every((b) => b < 0x80);
}

/** Matroska's container holds WebM only where it says so. */
const isWebm = (head: Buffer): boolean => head.subarray(0, 256).includes(Buffer.from("\x42\x82\x84webm", "latin1"));

/** Ogg carries video, too; its first page names the codec. */
const isOggAudio = (head: Buffer): boolean =>
  !["\x80theora", "OVP80", "BBCD\0"].some((codec) => head.subarray(0, 128).includes(Buffer.from(codec, "latin1")));

function sniffBinary(head: Buffer): Kind | "other" | undefined {
  if (starts(head, "\xff\xd8\xff")) return "jpg";
  if (starts(head, "\x89PNG\r\n\x1a\n")) return "png";
  if (starts(head, "GIF87a") || starts(head, "GIF89a")) return "gif";
  if (starts(head, "%PDF-")) return "pdf";
  if (starts(head, "PK\x03\x04")) return "docx";
  if (starts(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return "doc";
  if (starts(head, "RIFF")) return sniffRiff(head) ?? "other";
  if (starts(head, "\x1a\x45\xdf\xa3")) return isWebm(head) ? "webm" : "other";
  if (starts(head, "OggS\0")) return isOggAudio(head) ? "ogg" : "other";
  if (isId3(head) || isMp3Frame(head)) return "mp3";
  return sniffIso(head);
}

/** UTF-8 without NUL, checked piece by piece however the pieces are cut. */
export class TextCheck {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private valid = true;

  take(bytes: Buffer): boolean {
    this.valid = this.valid && !bytes.includes(0) && this.decodes(bytes, true);
    return this.valid;
  }

  end(): boolean {
    return this.valid && this.decodes(Buffer.alloc(0), false);
  }

  private decodes(bytes: Buffer, stream: boolean): boolean {
    try {
      this.decoder.decode(bytes, { stream });
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * The kind of a file that begins so; `docx` and `doc` mean their containers, which a deeper look has to open; `txt`
 * means that the beginning is text. Undefined where it is none of ours.
 */
export function sniff(head: Buffer): Kind | undefined {
  const kind = sniffBinary(head);
  if (kind === "other") return undefined;
  return kind ?? (new TextCheck().take(head) ? "txt" : undefined);
}
