/** MP3: tags before and behind the sound, of which a song's stay; and how long it lasts, by its first frame. */
import { type Findings, type Patch, type Source } from "./source";
import { tellsPlace } from "./tags";

const MAX_TAG = 16 * 1024 * 1024;
const MAX_FRAMES = 10_000;
/** In the names of version 2 as well, which have three letters. */
const songFrames = new Set([
  ...["TIT2", "TPE1", "TPE2", "TALB", "TRCK", "TPOS", "TCON", "TYER", "TDRC", "APIC"],
  ...["TT2", "TP1", "TP2", "TAL", "TRK", "TPA", "TCO", "TYE", "PIC"],
]);

const synchsafe = (bytes: Buffer, at: number): number =>
  [0, 1, 2, 3].reduce((sum, i) => sum * 128 + ((bytes[at + i] ?? 0) & 0x7f), 0);

const isId3 = (head: Buffer): boolean => head.length >= 10 && head.toString("latin1", 0, 3) === "ID3";

/** Frames side by side; what can't be read as such goes as a whole. */
function framePatches(tag: Buffer, start: number): Patch[] {
  const major = tag[3] ?? 0;
  const all: Patch[] = [{ start: start + 10, end: start + tag.length }];
  if ((tag[5] ?? 0) !== 0) return all; // unsynchronised, extended, experimental or with a footer: nobody writes it today
  const [name, header] = major === 2 ? [3, 6] : [4, 10];
  const patches: Patch[] = [];
  for (let at = 10; at + header <= tag.length && tag[at] !== 0;) {
    const size =
      major === 2 ? tag.readUIntBE(at + 3, 3) : major === 4 ? synchsafe(tag, at + 4) : tag.readUInt32BE(at + 4);
    const end = at + header + size;
    if (end > tag.length || patches.length >= MAX_FRAMES) return all;
    const stays = songFrames.has(tag.toString("latin1", at, at + name)) && !tellsPlace(tag.subarray(at + header, end));
    if (!stays) patches.push({ start: start + at + header, end: start + end });
    at = end;
  }
  return patches;
}

async function tagsBefore(source: Source): Promise<{ patches: Patch[]; sound: number }> {
  const patches: Patch[] = [];
  const head = await source.at(0, 4096);
  let at = Math.max(
    0,
    head.findIndex((byte) => byte !== 0),
  );
  for (let tag = await source.at(at, 10); isId3(tag); tag = await source.at(at, 10)) {
    const end = Math.min(at + 10 + synchsafe(tag, 6), source.size);
    if (end - at > MAX_TAG) patches.push({ start: at + 10, end });
    else patches.push(...framePatches(await source.at(at, end - at), at));
    at = end;
  }
  return { patches, sound: at };
}

/** Version 1 is a song's title; of what came before and after it, APE's and Lyrics3's, nothing stays. */
async function tagsBehind(source: Source): Promise<Patch[]> {
  let end = source.size;
  if ((await source.at(end - 128, 3)).toString("latin1") === "TAG") end -= 128;
  const old: Patch[] = end < source.size ? [{ start: end + 97, end: end + 125 }] : []; // its comment
  const foot = await source.at(end - 32, 32);
  if (foot.length < 32 || foot.toString("latin1", 0, 8) !== "APETAGEX") return old;
  const hasHeader = foot.readUInt32LE(20) >>> 31 === 1;
  const start = Math.max(0, end - foot.readUInt32LE(12) - (hasHeader ? 32 : 0));
  return [...old, { start, end }];
}

const RATES = [44_100, 48_000, 32_000];
const BITRATES = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const LOW_BITRATES = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** By the count of frames that encoders of varying rates note in the first one, else by its rate. */
export function secondsOf(frame: Buffer, bytes: number): number | undefined {
  if (frame.length < 4 || frame[0] !== 0xff) return undefined;
  const version = ((frame[1] ?? 0) >> 3) & 3; // 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5
  const rate = (RATES[((frame[2] ?? 0) >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const bitrate = (version === 3 ? BITRATES : LOW_BITRATES)[(frame[2] ?? 0) >> 4] ?? 0;
  const isMono = (frame[3] ?? 0) >> 6 === 3;
  const xing = 4 + (version === 3 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  const sign = (at: number): string => frame.toString("latin1", at, at + 4);
  const hasXing =
    ["Xing", "Info"].includes(sign(xing)) && frame.length >= xing + 12 && ((frame[xing + 7] ?? 0) & 1) === 1;
  const hasVbri = sign(36) === "VBRI" && frame.length >= 54;
  const frames = hasXing ? frame.readUInt32BE(xing + 8) : hasVbri ? frame.readUInt32BE(50) : 0;
  if (frames > 0 && rate > 0) return (frames * (version === 3 ? 1152 : 576)) / rate;
  return bitrate > 0 ? (bytes * 8) / (bitrate * 1000) : undefined;
}

export async function readMp3(source: Source): Promise<Findings> {
  const { patches, sound } = await tagsBefore(source);
  const behind = await tagsBehind(source);
  const duration = secondsOf(await source.at(sound, 200), source.size - sound);
  return { patches: [...patches, ...behind], ...(duration === undefined ? {} : { duration }) };
}
