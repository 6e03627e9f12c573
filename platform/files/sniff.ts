/** Tells a file's form by its first bytes; pure. Names and declared types are never looked at here. */

/** What bytes can be seen to be: a container, that one or more kinds of files use. */
export type Form =
  | "jpeg"
  | "png"
  | "gif"
  | "webp"
  | "heic"
  | "mp4"
  | "m4a"
  | "mov"
  | "webm"
  | "pdf"
  | "ole"
  | "zip"
  | "text"
  | "mp3"
  | "wav"
  | "ogg";

/** Enough of a file's beginning for every rule below. */
export const HEAD_BYTES = 4096;

const starts = (head: Buffer, signature: string, at = 0): boolean =>
  head.length >= at + signature.length && head.toString("latin1", at, at + signature.length) === signature;

/** Brands of the ISO container that are plain MP4 video. Cameras put their own first, and one of these behind it. */
const mp4Brands = ["isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "mp71"];
mp4Brands.push("avc1", "MSNV", "M4V ", "M4VP", "M4VH", "dash", "mmp4", "f4v ");
const heicBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];
const audioBrands = ["M4A ", "M4B ", "F4A "];
/** Brands that say what it is, whatever it is compatible with. */
const stillBrands = ["avif", "avis", "crx ", "jp2 "];

/** The first brand, then those that it is compatible with. */
function brandsOf(head: Buffer): string[] {
  const end = Math.min(head.readUInt32BE(0), head.length, 512);
  const brands = [head.toString("latin1", 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString("latin1", at, at + 4));
  return brands;
}

function formOfBrands(brands: readonly string[]): Form | undefined {
  const [major = ""] = brands;
  const has = (known: readonly string[]): boolean => brands.some((brand) => known.includes(brand));
  if (major === "qt  ") return "mov";
  if (has(stillBrands)) return undefined;
  if (has(heicBrands)) return "heic";
  if (audioBrands.includes(major)) return "m4a";
  return has(mp4Brands) ? "mp4" : undefined;
}

function sniffIso(head: Buffer): Form | undefined {
  if (starts(head, "ftyp", 4)) return formOfBrands(brandsOf(head));
  // QuickTime files of before there were brands begin with any of these boxes.
  return ["moov", "mdat", "wide", "free", "skip", "pnot"].some((box) => starts(head, box, 4)) ? "mov" : undefined;
}

function sniffRiff(head: Buffer): Form | undefined {
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

/** Some encoders pad a file with zeros before its first frame. */
function isMp3(head: Buffer): boolean {
  const first = head.findIndex((byte) => byte !== 0);
  const sound = first > 0 ? head.subarray(first) : head;
  return isId3(sound) || isMp3Frame(sound);
}

const riff = ["RIFF", "RF64", "BW64"];

function sniffBinary(head: Buffer): Form | undefined {
  if (starts(head, "\xff\xd8\xff")) return "jpeg";
  if (starts(head, "\x89PNG\r\n\x1a\n")) return "png";
  if (starts(head, "GIF87a") || starts(head, "GIF89a")) return "gif";
  if (starts(head, "PK\x03\x04")) return "zip";
  if (starts(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return "ole";
  if (riff.some((signature) => starts(head, signature))) return sniffRiff(head);
  if (starts(head, "\x1a\x45\xdf\xa3")) return isWebm(head) ? "webm" : undefined;
  if (starts(head, "OggS\0")) return isOggAudio(head) ? "ogg" : undefined;
  return isMp3(head) ? "mp3" : sniffIso(head);
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
 * The form of a file that begins so. What is text is text, whatever words it begins with ("The free lunch", "GIF89a is"):
 * the binary forms hold bytes that no text has. PDF alone may be written in letters. Undefined where it is none of ours.
 */
export function sniff(head: Buffer): Form | undefined {
  if (starts(head, "%PDF-")) return "pdf";
  return new TextCheck().take(head) ? "text" : sniffBinary(head);
}
