/**
 * MP4, QuickTime and M4A: who made it, when, where and with what goes (user data, metadata, tracks that are neither picture
 * nor sound, dates), and size and duration are read. Nothing moves: what goes is written over with zeros.
 */
import { type Box, boxAt, boxesIn, emptied, HEADER } from "./boxes";
import { type Findings, type Patch, type Source, Unreadable } from "./source";
import { tagsToKeep } from "./tags";
import { Budget, sampleRanges } from "./samples";

const kept = new Set(["ftyp", "styp", "moov", "mdat", "free", "skip", "wide", "moof", "mfra", "sidx", "ssix", "pdin"]);
const inMovie = new Set(["mvhd", "trak", "mvex", "iods", "free", "skip", "ctab", "clip"]);
/** Cameras and drones write their path beside the picture, as data or as subtitles. */
const shownTracks = new Set(["vide", "soun", "auxv", "tmcd"]);

/** A recording in pieces has two a second. */
const MAX_BOXES = 50_000;

/** The boxes of the file itself. */
export async function topBoxes(source: Source): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= source.size;) {
    const head = await source.at(at, HEADER);
    const box = boxAt(head, at, source.size);
    if (!box) {
      if (head.readUInt32BE(0) === 0 || boxes.length > 0) break; // cut, or zeros at its end: players stop here
      throw new Unreadable("no boxes");
    }
    if (boxes.length >= MAX_BOXES) throw new Unreadable("too many boxes");
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** Reads the parts of one movie; `bytes` is the whole box `moov`. */
class Movie {
  readonly patches: Patch[] = [];
  width?: number;
  height?: number;
  duration?: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly box: Box,
    private readonly keepsTags: boolean,
    private readonly budget: Budget,
  ) {}

  read(): this {
    for (const box of this.inside(this.box)) {
      if (box.type === "mvhd") this.onHeader(box);
      else if (box.type === "trak") this.onTrack(box);
      else if (box.type === "udta" && this.keepsTags) this.patches.push(...tagsToKeep(this.bytes, this.box.start, box));
      else if (box.type === "cmov")
        throw new Unreadable("packed"); // nobody has packed a movie's head since the nineties
      else if (!inMovie.has(box.type)) this.patches.push(...emptied(box));
    }
    return this;
  }

  private inside({ body, end }: Box): Box[] {
    return boxesIn(this.bytes, this.box.start, body, end);
  }
  private of({ body, end }: Box): Buffer {
    return this.bytes.subarray(body - this.box.start, end - this.box.start);
  }
  private child(box: Box | undefined, type: string): Box | undefined {
    return box && this.inside(box).find((one) => one.type === type);
  }

  private undate(box: Box): void {
    const wide = this.of(box)[0] === 1;
    const start = box.body + 4;
    if (start + (wide ? 16 : 8) <= box.end) this.patches.push({ start, end: start + (wide ? 16 : 8) });
  }

  private onHeader(box: Box): void {
    this.undate(box);
    const head = this.of(box);
    const wide = head[0] === 1;
    if (head.length < (wide ? 32 : 20)) return;
    const scale = head.readUInt32BE(wide ? 20 : 12);
    const length = wide ? Number(head.readBigUInt64BE(24)) : head.readUInt32BE(16);
    const unknown = wide ? length > Number.MAX_SAFE_INTEGER : length === 0xffffffff;
    if (scale > 0 && length > 0 && !unknown) this.duration = length / scale;
  }

  private onTrack(track: Box): void {
    const media = this.child(track, "mdia");
    const handler = this.child(media, "hdlr");
    const kind = handler ? this.of(handler).toString("latin1", 8, 12) : "";
    if (!shownTracks.has(kind)) {
      const table = this.child(this.child(media, "minf"), "stbl");
      if (table) this.patches.push(...sampleRanges(this.bytes, this.box.start, this.inside(table), this.budget));
      return void this.patches.push(...emptied(track));
    }
    for (const box of this.inside(track)) {
      if (box.type === "udta" || box.type === "meta" || box.type === "uuid") this.patches.push(...emptied(box));
      if (box.type === "tkhd") this.onTrackHeader(box, kind);
    }
    const dated = this.child(media, "mdhd");
    if (dated) this.undate(dated);
  }

  private onTrackHeader(box: Box, kind: string): void {
    this.undate(box);
    const head = this.of(box);
    if (kind !== "vide" || this.width !== undefined || head.length < 48) return;
    const matrix = head.length - 44;
    const [across, down] = [head.length - 8, head.length - 4].map((at) => Math.round(head.readUInt32BE(at) / 65_536));
    if (!across || !down) return;
    const isTurned = head.readInt32BE(matrix) === 0 && head.readInt32BE(matrix + 16) === 0;
    [this.width, this.height] = isTurned ? [down, across] : [across, down];
  }
}

/**
 * @param keeps music: its title and cover; images: the list of their items, which is looked at elsewhere
 * @throws Unreadable
 */
export async function readIso(source: Source, keeps: "nothing" | "songTags" | "items"): Promise<Findings> {
  const patches: Patch[] = [];
  const budget = new Budget();
  const facts: { width?: number; height?: number; duration?: number } = {};
  for (const box of await topBoxes(source)) {
    if (!kept.has(box.type) && !(keeps === "items" && box.type === "meta")) patches.push(...emptied(box));
    if (box.type !== "moov") continue;
    const movie = new Movie(await source.at(box.start, box.end - box.start), box, keeps === "songTags", budget).read();
    patches.push(...movie.patches);
    for (const name of ["width", "height", "duration"] as const)
      if (movie[name] !== undefined) facts[name] ??= movie[name];
  }
  return { patches, ...facts };
}
