/** WAV: the chunks that are its sound stay; recorders write place, person and device beside it. */
import { type Findings, type Patch, type Source, Unreadable } from "./source";

const kept = new Set(["fmt ", "data", "fact", "ds64", "JUNK", "junk", "PAD ", "FLLR", "cue ", "smpl", "wavl", "slnt"]);
const MAX_CHUNKS = 200;
const JUNK = Buffer.from("JUNK", "latin1");

export async function readWave(source: Source): Promise<Findings> {
  const patches: Patch[] = [];
  let [rate, sound, long] = [0, 0, 0];
  let chunks = 0;
  for (let at = 12; at + 8 <= source.size;) {
    if (++chunks > MAX_CHUNKS) throw new Unreadable("too many chunks");
    const head = await source.at(at, 20);
    const [type, said] = [head.toString("latin1", 0, 4), head.readUInt32LE(4)];
    const length = type === "data" && said === 0xffffffff ? long || source.size - at - 8 : said;
    const end = Math.min(at + 8 + length, source.size);
    if (!kept.has(type)) patches.push({ start: at, end: at + 4, bytes: JUNK }, { start: at + 8, end });
    if (type === "fmt " && head.length >= 20) rate = head.readUInt32LE(16);
    if (type === "ds64" && head.length >= 20) long = (await source.at(at + 16, 8)).readUIntLE(0, 6);
    if (type === "data") sound += end - at - 8;
    at = end + (length % 2);
  }
  return { patches, ...(rate > 0 && sound > 0 ? { duration: sound / rate } : {}) };
}
