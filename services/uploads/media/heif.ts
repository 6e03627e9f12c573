/** HEIC: its EXIF and XMP are items of their own beside the picture; they are written over where they lie. */
import { type Box, boxesIn, emptied } from "./boxes";
import { readIso, topBoxes } from "./iso";
import { type Findings, type Patch, type Source, Unreadable } from "./source";

/** An item's bytes lie in the file, or in a box of the list itself. */
interface Item {
  readonly inList: boolean;
  readonly ranges: readonly { readonly start: number; readonly length: number }[];
}

/** Reads numbers of the widths that the table itself names. @throws RangeError where it is cut */
class Cursor {
  at = 0;
  constructor(private readonly bytes: Buffer) {}

  number(width: number): number {
    if (width === 0) return 0;
    const value = width === 8 ? Number(this.bytes.readBigUInt64BE(this.at)) : this.bytes.readUIntBE(this.at, width);
    this.at += width;
    return value;
  }
}

/** A few bytes could ask for billions. */
const MAX_EXTENTS = 100_000;

function locationsOf(table: Buffer): Map<number, Item> {
  const cursor = new Cursor(table);
  const version = cursor.number(4) >>> 24;
  const widths = cursor.number(2);
  const [offset, length, base] = [widths >> 12, (widths >> 8) & 15, (widths >> 4) & 15] as const;
  const index = version > 0 ? widths & 15 : 0;
  const items = new Map<number, Item>();
  let extents = 0;
  for (let left = cursor.number(version === 2 ? 4 : 2); left > 0; left -= 1) {
    const id = cursor.number(version === 2 ? 4 : 2);
    const method = version > 0 ? cursor.number(2) & 15 : 0;
    if (method > 1) throw new Unreadable("an item made of others");
    cursor.number(2); // in which file: ours
    const from = cursor.number(base);
    const count = cursor.number(2);
    if ((extents += count) > MAX_EXTENTS) throw new Unreadable("too many pieces");
    const ranges = Array.from({ length: count }, () => {
      cursor.number(index);
      return { start: from + cursor.number(offset), length: cursor.number(length) };
    });
    items.set(id, { inList: method === 1, ranges });
  }
  return items;
}

/** An EXIF block that says nothing. */
const EMPTY_EXIF = Buffer.from([0, 0, 0, 0, 0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]);

class ItemList {
  private readonly boxes: readonly Box[];

  constructor(
    private readonly bytes: Buffer,
    private readonly box: Box,
  ) {
    this.boxes = boxesIn(bytes, box.start, box.body + 4, box.end);
  }

  private boxOf(type: string, boxes = this.boxes): Box | undefined {
    return boxes.find((one) => one.type === type);
  }
  private of({ body, end }: Box): Buffer {
    return this.bytes.subarray(body - this.box.start, end - this.box.start);
  }

  /** Ids of what is not a picture, by the kind that the list gives each. */
  private personal(): { id: number; isExif: boolean }[] {
    const infos = this.boxOf("iinf");
    if (!infos) throw new Unreadable("no list of items");
    const head = this.of(infos)[0] === 0 ? 6 : 8;
    return boxesIn(this.bytes, this.box.start, infos.body + head, infos.end).flatMap((info) => {
      const entry = this.of(info);
      const version = entry[0] ?? 0;
      if (version < 2) throw new Unreadable("an old list of items");
      const id = version === 2 ? entry.readUInt16BE(4) : entry.readUInt32BE(4);
      const kind = entry.toString("latin1", version === 2 ? 8 : 10, version === 2 ? 12 : 14);
      return ["Exif", "mime", "uri "].includes(kind) ? [{ id, isExif: kind === "Exif" }] : [];
    });
  }

  patches(): Patch[] {
    const table = this.boxOf("iloc");
    if (!table) throw new Unreadable("no places of items");
    const places = locationsOf(this.of(table));
    const inList = this.boxOf("idat")?.body ?? this.box.end;
    const other = this.boxes.filter(({ type }) => type === "udta" || type === "uuid" || type === "xml ");
    const items = this.personal().flatMap(({ id, isExif }) => {
      const place = places.get(id);
      return (place?.ranges ?? []).flatMap(({ start, length }): Patch[] => {
        const at = start + (place?.inList ? inList : 0);
        if (length === 0) throw new Unreadable("an item without an end");
        const patches: Patch[] = [{ start: at, end: at + length }];
        if (isExif && length >= EMPTY_EXIF.length)
          patches.push({ start: at, end: at + EMPTY_EXIF.length, bytes: EMPTY_EXIF });
        return patches;
      });
    });
    return [...other.flatMap(emptied), ...items];
  }

  /** Which of the list's properties the shown picture has. */
  private propertiesOf(primary: number, table: Buffer): number[] {
    const cursor = new Cursor(table);
    const head = cursor.number(4);
    const [version, wide] = [head >>> 24, (head & 1) === 1];
    for (let left = cursor.number(4); left > 0; left -= 1) {
      const id = cursor.number(version === 0 ? 2 : 4);
      const uses = Array.from({ length: cursor.number(1) }, () => cursor.number(wide ? 2 : 1) & (wide ? 0x7fff : 0x7f));
      if (id === primary) return uses;
    }
    return [];
  }

  size(): { width?: number; height?: number } {
    const [primary, properties] = [this.boxOf("pitm"), this.boxOf("iprp")];
    const inside = properties ? boxesIn(this.bytes, this.box.start, properties.body, properties.end) : [];
    const [list, uses] = [this.boxOf("ipco", inside), this.boxOf("ipma", inside)];
    if (!primary || !list || !uses) return {};
    const all = boxesIn(this.bytes, this.box.start, list.body, list.end);
    const id = this.of(primary)[0] === 0 ? this.of(primary).readUInt16BE(4) : this.of(primary).readUInt32BE(4);
    const own = this.propertiesOf(id, this.of(uses)).flatMap((index) => all[index - 1] ?? []);
    const [extent, turn] = [this.boxOf("ispe", own), this.boxOf("irot", own)];
    if (!extent) return {};
    const [width, height] = [this.of(extent).readUInt32BE(4), this.of(extent).readUInt32BE(8)];
    const isTurned = turn !== undefined && ((this.of(turn)[0] ?? 0) & 1) === 1;
    return isTurned ? { width: height, height: width } : { width, height };
  }
}

/** @throws Unreadable where it can't be said where its personal data lies: then it does not get in */
export async function readHeif(source: Source): Promise<Findings> {
  const lists = (await topBoxes(source)).filter(({ type }) => type === "meta");
  const moving = await readIso(source, "items"); // a live photo, or a burst
  if (lists.length === 0 && moving.width === undefined) throw new Unreadable("no picture");
  const patches = [...moving.patches];
  let size: { width?: number; height?: number } = {};
  for (const box of lists) {
    const list = new ItemList(await source.at(box.start, box.end - box.start), box);
    patches.push(...list.patches());
    size = { ...list.size(), ...size };
  }
  return { ...moving, ...size, patches };
}
