/** The wire: frames as RFC 6455 has them, runs that are joined once for all, in the order of their frames. */
import { Run } from "../../services/api/sockets/outbound/wire/run";
import { binaryFrame, textFrame } from "../../services/api/sockets/outbound/wire/frames";

/** The payloads of unmasked frames. */
function read(bytes: Buffer): string[] {
  const out: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = (bytes[at + 1] as number) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const size =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    out.push(bytes.toString("utf8", at + head, at + head + size));
    at += head + size;
  }
  return out;
}

describe("a frame", () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])("of %i bytes is readable", (size) => {
    const text = "x".repeat(size);
    const frame = textFrame(text);
    expect(frame[0]).toBe(0x81);
    expect((frame[1] as number) & 0x80).toBe(0); // a server masks nothing
    expect(read(frame)).toEqual([text]);
  });

  it("counts bytes, not characters", () => {
    expect(read(textFrame("đ🎉".repeat(30)))).toEqual(["đ🎉".repeat(30)]);
  });

  it("of binary data says so", () => {
    expect([...binaryFrame(new Uint8Array([1, 2]))]).toEqual([0x82, 2, 1, 2]);
  });
});

describe("a run", () => {
  const [a, b, c] = ["a", "b", "c"].map(textFrame) as [Buffer, Buffer, Buffer];

  it("keeps the order of frames, shared or not", () => {
    const run = Run.empty()
      .withShared(a)
      .withText("own đ")
      .withFrame(binaryFrame(Buffer.from("bin")))
      .withShared(b);
    expect(read(run.buffer())).toEqual(["a", "own đ", "bin", "b"]);
    expect(run.bytes).toBe(run.buffer().length);
  });

  it("is joined once for all sockets that were given the same frames", () => {
    const root = Run.empty();
    const runs = [1, 2, 3].map(() => root.withShared(a));
    const next = runs.map((run) => run.withShared(b));
    expect(new Set(next.map((run) => run.buffer())).size).toBe(1);
    expect(read(next[0]!.buffer())).toEqual(["a", "b"]);
  });

  it("of one shared frame is that frame, not a copy", () => {
    expect(Run.empty().withShared(a).buffer()).toBe(a);
  });

  it("is not mixed up with another that has begun alike", () => {
    const root = Run.empty();
    const common = root.withShared(a);
    const [x, y, z] = [common.withShared(b), common.withShared(c), common.withText("z")];
    expect([x, y, z].map((run) => read(run.buffer()))).toEqual([
      ["a", "b"],
      ["a", "c"],
      ["a", "z"],
    ]);
    expect(read(common.buffer())).toEqual(["a"]);
    expect(read(y.withShared(a).buffer())).toEqual(["a", "c", "a"]);
  });

  it("uses what was joined already", () => {
    const begun = Run.empty().withShared(a).withShared(b);
    const joined = begun.buffer();
    expect(read(begun.withText("more").buffer())).toEqual(["a", "b", "more"]);
    expect(begun.buffer()).toBe(joined);
  });
});
