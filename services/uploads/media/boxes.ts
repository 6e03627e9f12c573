/** The boxes of ISO's container (MP4, QuickTime, HEIF): where each begins and ends, and how one is made empty. Pure. */
import { type Patch, Unreadable } from "./source";

export interface Box {
  readonly type: string;
  /** Of its header, and of what it holds. */
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const MAX_BOXES = 10_000;
/** The longest header: 32 bits of size, a type, 64 bits of size. */
export const HEADER = 16;

/**
 * The box whose header begins `bytes`, which stand at `start`; undefined where there is none.
 * @param limit where the box around it ends
 */
export function boxAt(bytes: Buffer, start: number, limit: number): Box | undefined {
  if (bytes.length < 8) return undefined;
  const short = bytes.readUInt32BE(0);
  if (short === 1 && bytes.length < HEADER) return undefined;
  const header = short === 1 ? HEADER : 8;
  const size = short === 0 ? limit - start : short === 1 ? Number(bytes.readBigUInt64BE(8)) : short;
  if (size < header || start + size > limit) return undefined;
  return { type: bytes.toString("latin1", 4, 8), start, body: start + header, end: start + size };
}

/**
 * The boxes side by side from `start` to `end` of `bytes`, whose first byte stands at `base` in the file.
 * @throws Unreadable where they don't fit into each other
 */
export function boxesIn(bytes: Buffer, base: number, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end;) {
    const box = boxAt(bytes.subarray(at - base, Math.min(at + HEADER, end) - base), at, end);
    // QuickTime ends some lists with four zeros, and whoever writes a list may leave zeros behind it.
    if (!box && bytes.subarray(at - base, end - base).every((byte) => byte === 0)) break;
    if (!box || boxes.length >= MAX_BOXES) throw new Unreadable("the boxes don't fit");
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

const FREE = Buffer.from("free", "latin1");

/** What holds nothing, and takes the room that it took: nothing behind it moves. */
export const emptied = ({ start, body, end }: Box): Patch[] => [
  { start: start + 4, end: start + 8, bytes: FREE },
  { start: body, end },
];
