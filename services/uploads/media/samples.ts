/** Where in the file the samples of a track lie, by its tables. Pure. */
import { type Box } from "./boxes";
import { type Patch, Unreadable } from "./source";

/** What the tables of one file may ask for, since a few bytes of them can ask for anything. */
export class Budget {
  private samples = 2_000_000;
  private chunks = 200_000;

  /** @throws Unreadable */
  spend(samples: number, chunks: number): void {
    this.samples -= samples;
    this.chunks -= chunks;
    if (this.samples < 0 || this.chunks < 0) throw new Unreadable("too many samples");
  }
}

interface Table {
  readonly count: number;
  readonly at: (row: number) => number;
}

function sizesOf(table: Buffer): Table {
  const [same, count] = [table.readUInt32BE(4), table.readUInt32BE(8)];
  return { count, at: (row) => same || table.readUInt32BE(12 + 4 * row) };
}
function chunksOf(table: Buffer, wide: boolean): Table {
  const at = (row: number): number =>
    wide ? Number(table.readBigUInt64BE(8 + 8 * row)) : table.readUInt32BE(8 + 4 * row);
  return { count: table.readUInt32BE(4), at };
}

/** For each chunk how many samples it has: rows of `stsc` hold from their first chunk until the next row's. */
function* perChunk(table: Buffer, chunks: number): Generator<number> {
  const rows = table.readUInt32BE(4);
  let row = -1;
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    while (row + 1 < rows && table.readUInt32BE(8 + 12 * (row + 1)) <= chunk) row += 1;
    yield row < 0 ? 0 : table.readUInt32BE(12 + 12 * row);
  }
}

/**
 * @param base where the first of `bytes` stands in the file
 * @param boxes of the sample table
 * @throws Unreadable, RangeError where the tables are cut
 */
export function sampleRanges(bytes: Buffer, base: number, boxes: readonly Box[], budget: Budget): Patch[] {
  const of = (...types: string[]): Buffer | undefined => {
    const box = boxes.find(({ type }) => types.includes(type));
    return box && bytes.subarray(box.body - base, box.end - base);
  };
  const [sizes, offsets, counts] = [of("stsz"), of("stco", "co64"), of("stsc")];
  if (!sizes || !offsets || !counts) return [];
  const [sample, chunk] = [
    sizesOf(sizes),
    chunksOf(
      offsets,
      boxes.some(({ type }) => type === "co64"),
    ),
  ];
  budget.spend(sample.count, chunk.count);
  const ranges: Patch[] = [];
  let next = 0;
  let row = 0;
  for (const count of perChunk(counts, chunk.count)) {
    const start = chunk.at(row++);
    let end = start;
    for (let i = 0; i < count && next < sample.count; i += 1) end += sample.at(next++);
    if (end > start) ranges.push({ start, end });
  }
  return ranges;
}
