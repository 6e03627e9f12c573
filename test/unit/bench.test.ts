/** The benchmark's own instruments: a yardstick that is bent measures nothing. */
import { clientFrame, FrameReader, TEXT } from "../../bench/frames";
import { median, quantile } from "../../bench/stats";
import { Tally } from "../../bench/tally";

/** A frame as servers send it: without a mask. */
function serverFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | TEXT;
  head[1] = head.length === 2 ? body.length : head.length === 4 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(body.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

function read(chunks: Buffer[]): string[] {
  const texts: string[] = [];
  const reader = new FrameReader((_opcode, data, start, end) => texts.push(data.toString("utf8", start, end)));
  for (const chunk of chunks) reader.push(chunk);
  return texts;
}

describe("frames", () => {
  const texts = ["", "2", "x".repeat(125), "y".repeat(126), "z".repeat(70_000)];
  const stream = Buffer.concat(texts.map(serverFrame));

  test("several in one chunk are told apart, of every length form", () => {
    expect(read([stream])).toEqual(texts);
  });

  test.each([1, 3, 127])("cut into pieces of %i bytes they come out whole", (size) => {
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      stream.subarray(i * size, (i + 1) * size),
    );
    expect(read(pieces)).toEqual(texts);
  });

  test("an unfinished one is not handed out", () => {
    expect(read([serverFrame("whole"), serverFrame("half").subarray(0, 4)])).toEqual(["whole"]);
  });

  test("a client's frame is masked, as servers demand", () => {
    const frame = clientFrame("héllo");
    expect([...frame.subarray(0, 6)]).toEqual([0x81, 0x80 | 6, 0, 0, 0, 0]);
    expect(frame.toString("utf8", 6)).toBe("héllo");
    expect(clientFrame("m".repeat(200)).readUInt16BE(2)).toBe(200);
  });
});

describe("the tally of one socket", () => {
  const tallyOf = (...seqs: number[]): Tally => {
    const tally = new Tally(0);
    for (const seq of seqs) tally.note(seq);
    return tally;
  };

  test("finds no fault with each seq once, in order", () => {
    expect(tallyOf(1, 2, 3).faults(3)).toEqual({ lost: 0, doubled: 0, reordered: 0 });
  });

  test("counts a gap as lost", () => {
    expect(tallyOf(1, 4).faults(4)).toEqual({ lost: 2, doubled: 0, reordered: 0 });
  });

  test("counts what was acknowledged and never came as lost", () => {
    expect(tallyOf(1, 2).faults(5)).toEqual({ lost: 3, doubled: 0, reordered: 0 });
  });

  test("counts what came twice", () => {
    expect(tallyOf(1, 2, 2, 3, 1).faults(3)).toEqual({ lost: 0, doubled: 2, reordered: 0 });
  });

  test("counts what came late as reordered, not as lost", () => {
    expect(tallyOf(1, 3, 2, 4).faults(4)).toEqual({ lost: 0, doubled: 0, reordered: 1 });
  });
});

describe("statistics", () => {
  test("the median of an even number is the middle of the two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
  });

  test("a quantile is one of the values", () => {
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantile([1, 2], 0.99)).toBe(2);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
