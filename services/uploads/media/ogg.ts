/** Ogg (Vorbis, Opus): of the comments a song's title stays; and how long it lasts, by the last page's position. */
import { type Findings, type Patch, type Source, Unreadable } from "./source";
import { tellsPlace } from "./tags";

const songComments = /^(title|artist|album|albumartist|tracknumber|discnumber|genre|date|metadata_block_picture)=/i;
/** Comments hold a cover at most. */
const MAX_HEAD = 4 * 1024 * 1024;
const OPUS_RATE = 48_000;

interface Page {
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly lengths: Buffer;
}

function pageAt(bytes: Buffer, start: number): Page | undefined {
  if (bytes.length < start + 27 || bytes.toString("latin1", start, start + 4) !== "OggS") return undefined;
  const body = start + 27 + (bytes[start + 26] ?? 0);
  const lengths = bytes.subarray(start + 27, body);
  const end = body + lengths.reduce((sum, length) => sum + length, 0);
  return end > bytes.length ? undefined : { start, body, end, lengths };
}

/** The pages that the second packet lies on, and where in the file its bytes are. */
function secondPacket(bytes: Buffer): { pages: Page[]; places: number[][] } | undefined {
  const pages: Page[] = [];
  const places: number[][] = [];
  let page = pageAt(bytes, 0);
  for (page = page && pageAt(bytes, page.end); page; page = pageAt(bytes, page.end)) {
    pages.push(page);
    let at = page.body;
    for (const length of page.lengths) {
      places.push([at, at + length]);
      at += length;
      if (length < 255) return { pages, places };
    }
  }
  return undefined;
}

function textsIn(packet: Buffer, at: number): { from: number; vendorEnd: number; texts: Buffer[] } {
  const vendorEnd = at + 4 + packet.readUInt32LE(at);
  const texts: Buffer[] = [];
  let next = vendorEnd + 4;
  for (let left = packet.readUInt32LE(vendorEnd); left > 0; left -= 1) {
    const end = next + 4 + packet.readUInt32LE(next);
    if (end > packet.length) throw new RangeError("cut");
    texts.push(packet.subarray(next, end));
    next = end;
  }
  return { from: at, vendorEnd, texts };
}

/** The packet with the song's comments alone, as long as it was; undefined where nothing has to go. */
function cleaned(packet: Buffer): Buffer | undefined {
  const isOpus = packet.toString("latin1", 0, 8) === "OpusTags";
  const { vendorEnd, texts } = textsIn(packet, isOpus ? 8 : 7);
  const stay = texts.filter((text) => songComments.test(text.toString("latin1", 4, 40)) && !tellsCover(text));
  if (stay.length === texts.length) return undefined;
  const count = Buffer.alloc(4);
  count.writeUInt32LE(stay.length);
  const out = Buffer.alloc(packet.length);
  const head = Buffer.concat([packet.subarray(0, vendorEnd), count, ...stay]);
  head.copy(out);
  if (!isOpus) out[head.length] = 1; // the bit that ends Vorbis' comments
  return out;
}

/** A cover is written in base64. */
function tellsCover(text: Buffer): boolean {
  const [, picture] = /^metadata_block_picture=(.*)$/is.exec(text.toString("latin1", 4)) ?? [];
  return picture !== undefined && tellsPlace(Buffer.from(picture, "base64"));
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});
function checksum(page: Buffer): number {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (CRC[((crc >>> 24) ^ byte) & 255] ?? 0);
  return crc >>> 0;
}

function commentPatches(bytes: Buffer): Patch[] {
  const found = secondPacket(bytes);
  if (!found && bytes.length === MAX_HEAD) throw new Unreadable("too long comments");
  if (!found) return [];
  const { pages, places } = found;
  const clean = cleaned(Buffer.concat(places.map(([start, end]) => bytes.subarray(start, end))));
  if (!clean) return [];
  const copy = Buffer.from(bytes.subarray(0, pages.at(-1)?.end));
  let from = 0;
  for (const [start = 0, end = 0] of places) {
    clean.copy(copy, start, from, from + end - start);
    from += end - start;
  }
  return pages.map(({ start, end }) => {
    const page = copy.subarray(start, end);
    page.writeUInt32LE(0, 22);
    page.writeUInt32LE(checksum(page), 22);
    return { start, end, bytes: page };
  });
}

async function secondsOf(source: Source, head: Buffer): Promise<number | undefined> {
  const first = pageAt(head, 0);
  const packet = first ? head.subarray(first.body, first.end) : Buffer.alloc(0);
  const isOpus = packet.toString("latin1", 0, 8) === "OpusHead" && packet.length >= 19;
  const isVorbis = packet.toString("latin1", 1, 7) === "vorbis" && packet.length >= 16;
  const rate = isOpus ? OPUS_RATE : isVorbis ? packet.readUInt32LE(12) : 0;
  const tail = await source.at(Math.max(0, source.size - 65_536), 65_536);
  const last = tail.lastIndexOf("OggS", tail.length, "latin1");
  if (rate === 0 || last < 0 || last + 14 > tail.length) return undefined;
  const samples = Number(tail.readBigInt64LE(last + 6)) - (isOpus ? packet.readUInt16LE(10) : 0);
  return samples > 0 ? samples / rate : undefined;
}

export async function readOgg(source: Source): Promise<Findings> {
  const head = await source.at(0, MAX_HEAD);
  const duration = await secondsOf(source, head);
  return { patches: commentPatches(head), ...(duration === undefined ? {} : { duration }) };
}
