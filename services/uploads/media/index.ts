/** Sound and moving pictures: their size and duration, and no word of who recorded them, when, where and with what. */
import { damaged, type FileStore, type Kind } from "../../../platform/files";
import { type Checked } from "../attachments";
import { readHeif } from "./heif";
import { readIso } from "./iso";
import { readMp3 } from "./mpeg";
import { readOgg } from "./ogg";
import { Scrubber } from "./scrub";
import { type Findings, Source, Unreadable } from "./source";
import { readWave } from "./wave";
import { readWebm } from "./webm";

const readers: Partial<Record<Kind, (source: Source) => Promise<Findings>>> = {
  heic: readHeif,
  mp4: (source) => readIso(source, "nothing"),
  mov: (source) => readIso(source, "nothing"),
  m4a: (source) => readIso(source, "songTags"),
  mp3: readMp3,
  wav: readWave,
  ogg: readOgg,
  webm: readWebm,
  weba: readWebm,
};

export const isMedia = (kind: Kind): boolean => kind in readers;

async function findingsOf(source: Source, kind: Kind): Promise<Findings> {
  try {
    return (await readers[kind]?.(source)) ?? { patches: [] };
  } catch (error) {
    // Numbers that point past an end are the file's fault; all else is the store's or ours.
    if (error instanceof Unreadable || error instanceof RangeError) throw damaged(kind);
    throw error;
  }
}

/** No larger than JSON and players take: what a file says of itself is only that. */
const MAX_SIDE = 100_000;
const MAX_SECONDS = 1_000_000;

function factsOf({ width, height, duration }: Findings): Pick<Checked, "width" | "height" | "duration"> {
  const hasSize = width && height && width <= MAX_SIDE && height <= MAX_SIDE;
  const lasts = duration !== undefined && duration > 0 && duration <= MAX_SECONDS;
  return { ...(hasSize ? { width, height } : {}), ...(lasts ? { duration: Math.round(duration * 1000) / 1000 } : {}) };
}

/** @throws UNSUPPORTED_TYPE where it can't be read, and so not be cleaned; UNAVAILABLE */
export async function checkMedia(
  store: FileStore,
  file: { key: string; kind: Kind; size: number; sha256: string },
): Promise<Checked> {
  const { key, kind, size, sha256 } = file;
  const findings = await findingsOf(new Source(store, key, size), kind);
  const facts = factsOf(findings);
  if (!findings.patches.some(({ start, end }) => end > start)) return { size, sha256, ...facts };
  const through = new Scrubber(findings.patches);
  const { sha256: scrubbed } = await store.put(key, await store.read(key), { through, gives: true });
  return { size, sha256: scrubbed, ...facts };
}
