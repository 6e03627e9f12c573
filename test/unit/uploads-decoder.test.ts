/** What decoders stand on: personal data taken out without touching a pixel, and turns that no crowd takes from others. */
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { stripGif, stripPng, stripWebp } from "../../services/uploads/decoder/personal";
import { type Bounds, FairSlots } from "../../platform/fair-slots";
import { gifCanvas, pngChunk, pngOfProfile, pngOfTexts, pngWith } from "../support/bombs";

const image = () => sharp({ create: { width: 20, height: 10, channels: 3, background: { r: 10, g: 200, b: 30 } } });
const exif = { IFD0: { Artist: "Secret Person" } };
const pixels = (bytes: Buffer) => sharp(bytes, { animated: true }).raw().toBuffer();
const gifBlock = (label: number, ...blocks: string[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x21, label]),
    ...blocks.map((b) => Buffer.concat([Buffer.from([b.length]), Buffer.from(b, "latin1")])),
    Buffer.from([0]),
  ]);
const gifWith = (...blocks: Buffer[]): Buffer => {
  const gif = gifCanvas(4);
  return Buffer.concat([gif.subarray(0, 19), ...blocks, gif.subarray(19)]);
};
const text = pngChunk("tEXt", Buffer.from("Author\0Secret Person", "latin1"));
const itxt = pngChunk("iTXt", Buffer.from("XML:com.adobe.xmp\0\0\0\0\0<x>Secret Person</x>", "latin1"));

describe("personal data", () => {
  test.each([
    ["png with EXIF", stripPng, () => image().withExif(exif).png().toBuffer()],
    ["png with texts", stripPng, async () => pngWith(await image().png().toBuffer(), text, itxt)],
    ["webp with EXIF", stripWebp, () => image().withExif(exif).webp().toBuffer()],
    ["gif with a comment", stripGif, () => Promise.resolve(gifWith(gifBlock(0xfe, "Secret", " Person")))],
    ["gif with XMP", stripGif, () => Promise.resolve(gifWith(gifBlock(0xff, "XMP DataXMP", "Secret Person")))],
  ] as const)("of a %s goes, and no pixel with it", async (_name, strip, make) => {
    const bytes = await make();
    const { bytes: clean, personal } = strip(bytes);
    expect(personal).toBe(true);
    expect(bytes.includes("Secret")).toBe(true);
    expect(clean.includes("Secret")).toBe(false);
    expect(await pixels(clean)).toEqual(await pixels(bytes));
    expect((await sharp(clean).metadata()).exif).toBeUndefined();
    expect(strip(clean).personal).toBe(false);
  });

  test("is not seen where there is none: loops and colours stay", async () => {
    const loop = gifWith(gifBlock(0xff, "NETSCAPE2.0", "\x01\0\0"), gifBlock(0xf9, "\0\0\0\0"));
    expect(stripGif(loop)).toEqual({ bytes: loop, personal: false });
    const png = await image().withIccProfile("srgb").png().toBuffer();
    expect(stripPng(png)).toEqual({ bytes: png, personal: false });
    const webp = await image().withIccProfile("srgb").webp().toBuffer();
    expect(stripWebp(webp)).toEqual({ bytes: webp, personal: false });
  });

  test("of a turned PNG leaves for its decoder how it is turned", async () => {
    const png = await image().withMetadata({ orientation: 6 }).png().toBuffer();
    expect((await sharp(stripPng(png, true).bytes).metadata()).orientation).toBe(6);
    expect((await sharp(stripPng(png).bytes).metadata()).orientation).toBeUndefined();
  });

  test("that would unpack to gigabytes is dropped unread, and so is such a profile", async () => {
    for (const bomb of [await pngOfTexts("zTXt", 3), await pngOfTexts("iTXt", 3), await pngOfProfile()]) {
      const { bytes, personal } = stripPng(bomb);
      expect(personal).toBe(true);
      expect(bytes.length).toBeLessThan(1_000);
      expect(await pixels(bytes)).toHaveLength(8 * 8 * 3);
    }
    const small = pngChunk("iCCP", Buffer.concat([Buffer.from("icc\0\0", "latin1"), deflateSync(Buffer.alloc(500))]));
    expect(stripPng(pngWith(await image().png().toBuffer(), small)).personal).toBe(false);
  });

  test("in files cut or made up anyhow is no way to throw, to hang or to grow", () => {
    const heads = ["\x89PNG\r\n\x1a\n", "RIFF\x10\0\0\0WEBPVP8X", "GIF89a\x01\0\x01\0\x80\0\0"].map((h) =>
      Buffer.from(h, "latin1"),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        for (const strip of [stripPng, stripWebp, stripGif])
          for (const head of [...heads, Buffer.alloc(0)]) {
            const given = Buffer.concat([head, rest]);
            if (strip(given).bytes.length > given.length + 1) return false;
          }
        return true;
      }),
    );
  });
});

describe("turns", () => {
  const bounds: Bounds = { atOnce: 2, atOnceEach: 1, waitingEach: 3, waiting: 5, patience: 10_000 };
  /** Work that ends when it is told to. */
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      started.push(name);
      ends.set(name, resolve);
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  beforeEach(() => {
    started.length = 0;
  });

  test("go round: a crowd of one owner leaves room for the next", async () => {
    const slots = new FairSlots(bounds);
    const all = ["a1", "a2", "a3"].map((name) => slots.run(1, work(name)));
    all.push(slots.run(2, work("b1")), slots.run(3, work("c1")));
    await end("none");
    expect(started).toEqual(["a1", "b1"]);
    await end("a1");
    await end("b1");
    expect(started).toEqual(["a1", "b1", "a2", "c1"]); // and not a3, which has waited for longer
    for (const name of ["a2", "c1", "a3"]) await end(name);
    await Promise.all(all);
  });

  test("are refused to whom has too many waiting, and to all when there are too many; then given again", async () => {
    const slots = new FairSlots(bounds);
    const all = ["a1", "a2", "a3", "a4"].map((name) => slots.run(1, work(name)));
    await expect(slots.run(1, work("a5"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    all.push(...["b1", "b2", "b3"].map((name) => slots.run(2, work(name))));
    await expect(slots.run(3, work("c1"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    for (const name of ["a1", "b1", "a2", "b2", "a3", "b3", "a4"]) await end(name);
    await Promise.all(all);
    const again = slots.run(3, work("c2"));
    await end("none");
    await end("c2");
    await again;
    expect((slots as unknown as { lines: Map<number, unknown> }).lines.size).toBe(0);
  });

  test("come back after a failure, and too late they are refused", async () => {
    const slots = new FairSlots({ ...bounds, atOnce: 1, patience: -1 });
    await expect(slots.run(1, work("late"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    const failing = new FairSlots({ ...bounds, atOnce: 1 });
    await expect(failing.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await failing.run(1, () => Promise.resolve("yes"))).toBe("yes");
    expect(started).toEqual([]);
  });
});
