/** WebM: its size and duration where it says them, and its tags, attachments and title made void. */
import { type Findings, type Patch, type Source, Unreadable } from "./source";

interface Element {
  readonly id: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
  /** A live recording does not know where its parts will end. */
  readonly isOpen: boolean;
}

const ID = {
  header: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  scale: 0x2ad7b1,
  duration: 0x4489,
  title: 0x7ba9,
  date: 0x4461,
  tracks: 0x1654ae6b,
  track: 0xae,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  trackName: 0x536e,
  tags: 0x1254c367,
  attachments: 0x1941a469,
};
const VOID = 0xec;
const MAX_PARTS = 5_000;
/** What may be held of a list at once. */
const MAX_LIST = 1024 * 1024;

/** The element whose head begins `bytes`, which stand at `start`. */
function elementAt(bytes: Buffer, start: number, limit: number): Element | undefined {
  const first = bytes[0] ?? 0;
  const idLength = Math.clz32(first) - 23;
  const lead = bytes[idLength] ?? 0;
  const sizeLength = Math.clz32(lead) - 23;
  if (idLength > 4 || sizeLength > 8 || bytes.length < idLength + sizeLength) return undefined;
  let size = lead & (0xff >> sizeLength);
  let isOpen = size === 0xff >> sizeLength;
  for (const byte of bytes.subarray(idLength + 1, idLength + sizeLength)) {
    size = size * 256 + byte;
    isOpen &&= byte === 0xff;
  }
  const body = start + idLength + sizeLength;
  const end = isOpen ? limit : body + size;
  return end > limit ? undefined : { id: bytes.readUIntBE(0, idLength), start, body, end, isOpen };
}

async function partsOf(source: Source, start: number, end: number): Promise<Element[]> {
  const parts: Element[] = [];
  for (let at = start; at < end;) {
    const part = elementAt(await source.at(at, 12), at, end);
    if (!part) break; // cut
    if (parts.length >= MAX_PARTS) throw new Unreadable("too many parts");
    parts.push(part);
    at = part.end;
  }
  return parts;
}

/** An element of the same length that says nothing. */
function voided({ start, end }: Element): Patch[] {
  const length = end - start;
  const head = Buffer.alloc(length < 10 ? 2 : 9);
  head[0] = VOID;
  if (length < 10) head[1] = 0x80 | (length - 2);
  else {
    head.writeUIntBE(length - 9, 3, 6);
    head[1] = 0x01;
  }
  return [
    { start, end: start + head.length, bytes: head },
    { start: start + head.length, end },
  ];
}

async function numberOf(source: Source, { body, end }: Element): Promise<number> {
  const bytes = await source.at(body, Math.min(end - body, 6));
  return bytes.length ? bytes.readUIntBE(0, bytes.length) : 0;
}
async function floatOf(source: Source, { body, end }: Element): Promise<number> {
  const bytes = await source.at(body, end - body > 8 ? 0 : end - body);
  return bytes.length === 8 ? bytes.readDoubleBE(0) : bytes.length === 4 ? bytes.readFloatBE(0) : 0;
}

async function readInfo(source: Source, info: Element): Promise<Findings> {
  const parts = await partsOf(source, info.body, info.end);
  const find = (id: number): Element | undefined => parts.find((part) => part.id === id);
  const [scale, duration] = [find(ID.scale), find(ID.duration)];
  const patches = parts.filter(({ id }) => id === ID.title || id === ID.date).flatMap(voided);
  const seconds = duration
    ? ((await floatOf(source, duration)) * (scale ? await numberOf(source, scale) : 1e6)) / 1e9
    : 0;
  return { patches, ...(seconds > 0 && Number.isFinite(seconds) ? { duration: seconds } : {}) };
}

async function readTracks(source: Source, tracks: Element): Promise<Findings> {
  const patches: Patch[] = [];
  let size: { width?: number; height?: number } = {};
  for (const track of await partsOf(source, tracks.body, tracks.end)) {
    if (track.id !== ID.track) continue;
    for (const part of await partsOf(source, track.body, track.end)) {
      if (part.id === ID.trackName) patches.push(...voided(part));
      if (part.id !== ID.video || size.width !== undefined) continue;
      const video = await partsOf(source, part.body, part.end);
      const [width, height] = [ID.width, ID.height].map((id) => video.find((one) => one.id === id));
      if (width && height) size = { width: await numberOf(source, width), height: await numberOf(source, height) };
    }
  }
  return { patches, ...size };
}

export async function readWebm(source: Source): Promise<Findings> {
  const [, segment] = await partsOf(source, 0, source.size);
  if (segment?.id !== ID.segment) return { patches: [] };
  let found: Findings = { patches: [] };
  for (const part of await partsOf(source, segment.body, segment.end)) {
    if (part.end - part.start > MAX_LIST && (part.id === ID.info || part.id === ID.tracks))
      throw new Unreadable("a list too long");
    const more =
      part.id === ID.info
        ? await readInfo(source, part)
        : part.id === ID.tracks
          ? await readTracks(source, part)
          : { patches: part.id === ID.tags || part.id === ID.attachments ? voided(part) : [] };
    found = { ...found, ...more, patches: [...found.patches, ...more.patches] };
  }
  return found;
}
