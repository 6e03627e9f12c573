/** Sound and film: nothing of who, where and with what is left, no picture is touched, and size and duration are known. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import sharp from "sharp";
import { type FileStore, type Kind, type Through } from "../../platform/files";
import { stripJpeg } from "../../services/uploads/decoder/segments";
import { checkMedia, isMedia } from "../../services/uploads/media";
import { Scrubber } from "../../services/uploads/media/scrub";
import * as files from "../support/media-files";
import * as small from "../support/upload-files";

/** One file, in memory, that counts how often it is read. */
function storeOf(bytes: Buffer): { store: FileStore; now: () => Buffer; reads: () => number } {
  let now = bytes;
  let reads = 0;
  const store = {
    read: (_key: string, range?: { start: number; end: number }) => {
      reads += 1;
      return Promise.resolve(Readable.from([now.subarray(range?.start ?? 0, (range?.end ?? now.length) + 1)]));
    },
    put: async (_key: string, source: Readable, { through }: { through: Through }) => {
      const pieces: Buffer[] = [];
      for await (const piece of source as AsyncIterable<Buffer>) pieces.push(through.take(piece));
      now = Buffer.concat(pieces);
      return { size: now.length, sha256: createHash("sha256").update(now).digest("hex") };
    },
  } as unknown as FileStore;
  return { store, now: () => now, reads: () => reads };
}
async function checked(kind: Kind, bytes: Buffer) {
  const { store, now, reads } = storeOf(bytes);
  const found = await checkMedia(store, { key: "k", kind, size: bytes.length, sha256: "as it came" });
  return { found, bytes: now(), reads: reads() };
}

type Row = [name: string, kind: Kind, make: () => Buffer | Promise<Buffer>, facts: object];
const rows: Row[] = [
  ["a film", "mp4", () => files.film(), { width: 1080, height: 1920, duration: 5 }],
  ["a film of QuickTime's", "mov", () => files.film("qt  "), { width: 1080, height: 1920, duration: 5 }],
  ["a song", "m4a", files.song, { duration: 200 }],
  ["a photo of a phone", "heic", files.heic, { width: 64, height: 32 }],
  ["an MP3", "mp3", () => files.mp3(), { duration: expect.closeTo(0.26, 1) }],
  ["an MP3 that counts its frames", "mp3", () => files.mp3({ xing: 1000 }), { duration: expect.closeTo(26.122, 2) }],
  ["an MP3 with odd tags", "mp3", () => files.mp3({ flags: 0x80 }), {}],
  ["a recorder's WAV", "wav", files.wav, { duration: 2 }],
  ["a voice in Opus", "ogg", files.opus, { duration: 3 }],
  ["a song in Vorbis", "ogg", files.vorbis, { duration: 4 }],
  ["a WebM", "webm", () => files.webm(), { width: 640, height: 360, duration: 7.5 }],
  ["a live WebM", "weba", () => files.webm({ live: true }), { duration: 7.5 }],
];

test.each(rows)("of %s who, where and with what goes, in its place", async (_name, kind, make, facts) => {
  const given = await make();
  expect(files.SECRETS.some((secret) => given.includes(secret))).toBe(true);
  const { found, bytes } = await checked(kind, given);
  expect(found).toMatchObject(facts);
  for (const secret of files.SECRETS) expect(bytes.includes(secret)).toBe(false);
  expect(bytes.includes(files.SECRETS[0].slice(0, 10))).toBe(false);
  expect(bytes).toHaveLength(given.length);
  expect(files.picturesOf(bytes)).toBe(files.picturesOf(given));
  expect(found.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  // And once more: nothing is left to do.
  expect((await checked(kind, bytes)).bytes).toEqual(bytes);
});

test.each([
  ["m4a", files.song()],
  ["mp3", files.mp3()],
  ["ogg", files.opus()],
  ["ogg", files.vorbis()],
] as const)("of a song in %s its title stays %#", async (kind, bytes) => {
  expect((await checked(kind, bytes)).bytes.includes("A song")).toBe(true);
});

test("pages of Ogg have the sum of what they hold now", async () => {
  for (const make of [files.opus, files.vorbis]) {
    const { bytes } = await checked("ogg", make());
    const starts = [...bytes.toString("latin1").matchAll(/OggS/g)].map((m) => m.index);
    starts.forEach((start, i) => {
      const page = bytes.subarray(start, starts[i + 1] ?? bytes.length);
      expect(page.readUInt32LE(22)).toBe(files.oggSum(page));
    });
  }
});

test("a HEIC that is cleaned is read as before by the library that wrote it", async () => {
  const { bytes } = await checked("heic", await files.heic());
  const avif = Buffer.from(bytes.toString("latin1").replaceAll("heic", "avif"), "latin1");
  const { width, height, exif } = await sharp(avif).metadata();
  expect([width, height]).toEqual([64, 32]);
  expect(exif?.includes("Secret") ?? false).toBe(false);
  expect(await sharp(avif).raw().toBuffer()).toHaveLength(64 * 32 * 3);
});

test.each([
  ["a HEIC without a list of items", "heic", small.isoWith("heic", "mif1", "heic")],
  ["a HEIC whose list is cut", "heic", files.box("ftyp", "heic", Buffer.alloc(4))],
  ["a film whose boxes don't fit", "mp4", Buffer.concat([small.mp4(), files.box("moov", "\xff\xff\xff\xfftrak")])],
] as const)("%s can't be cleaned and is refused", async (_name, kind, bytes) => {
  await expect(checked(kind, bytes)).rejects.toMatchObject({ type: "UNSUPPORTED_TYPE" });
});

test("tables that ask for billions are refused at once", async () => {
  const be = (...n: number[]) =>
    Buffer.concat(n.map((v) => Buffer.from([v >>> 24, v >>> 16, v >>> 8, v].map((b) => b & 255))));
  const hdlr = files.box("hdlr", be(0, 0), "meta");
  const chunks = Buffer.concat([
    files.box("stsz", be(0, 9, 4_000_000_000)),
    files.box("stsc", be(0, 1, 1, 4_000_000_000, 1)),
    files.box("stco", be(0, 1, 0)),
  ]);
  const trak = files.box("trak", files.box("mdia", hdlr, files.box("minf", files.box("stbl", chunks))));
  const film = Buffer.concat([small.mp4(), files.box("moov", trak)]);
  await expect(checked("mp4", film)).rejects.toMatchObject({ type: "UNSUPPORTED_TYPE" });
  const iloc = files.box("iloc", be(0x01000000), Buffer.from([0, 0, 0xff, 0xff]), Buffer.alloc(8 * 5000, 0xff));
  const heic = Buffer.concat([
    files.box("ftyp", "heic", be(0), "heic"),
    files.box("meta", be(0), files.box("iinf", be(0), Buffer.alloc(2)), iloc),
  ]);
  await expect(checked("heic", heic)).rejects.toMatchObject({ type: "UNSUPPORTED_TYPE" });
});

test("files cut or changed anywhere are taken or refused, never an error of ours, and read a bounded number of times", async () => {
  const all = await Promise.all(rows.map(async ([, kind, make]) => [kind, await make()] as const));
  const damage = fc.tuple(
    fc.constantFrom(...all),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    fc.double({ min: 0.1, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(damage, async ([[kind, bytes], hits, length]) => {
      const broken = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * length)));
      for (const [where, value] of hits) broken[Math.floor(where * (broken.length - 1))] = value;
      const answer = await checked(kind, broken).catch((error: { type?: string }) => error);
      if ("reads" in answer) expect(answer.reads).toBeLessThanOrEqual(502);
      else expect(answer.type).toBe("UNSUPPORTED_TYPE");
    }),
    { numRuns: 1_000 },
  );
});

test("patches hold however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(300), fc.nat(80)), { maxLength: 8 }),
      fc.integer({ min: 1, max: 60 }),
      (at, step) => {
        const patches = at.map(([start, length]) => ({ start, end: start + length }));
        const given = Buffer.alloc(300, 7);
        const expected = Buffer.from(given);
        for (const { start, end } of patches) expected.fill(0, start, Math.min(end, 300));
        const pieces = Array.from({ length: Math.ceil(300 / step) }, (_, i) =>
          given.subarray(i * step, (i + 1) * step),
        );
        const scrubber = new Scrubber(patches);
        expect(Buffer.concat(pieces.map((piece) => scrubber.take(piece)))).toEqual(expected);
      },
    ),
  );
});

describe("a JPEG", () => {
  const photo = () => sharp({ create: { width: 40, height: 20, channels: 3, background: "#a31" } });
  const pixels = (bytes: Buffer) => sharp(bytes).raw().toBuffer();

  test("loses what tells of a person and no pixel", async () => {
    for (const progressive of [false, true]) {
      const given = await photo()
        .withExif({ IFD0: { Artist: "Secret Person" } })
        .withIccProfile("p3")
        .jpeg({ progressive })
        .toBuffer();
      const comment = Buffer.concat([
        given.subarray(0, 2),
        Buffer.from("\xff\xfe\0\x0fSecret Person", "latin1"),
        given.subarray(2),
        Buffer.from("a film behind it: Secret Person"),
      ]);
      const clean = stripJpeg(comment);
      expect(clean?.includes("Secret")).toBe(false);
      expect(await pixels(clean ?? given)).toEqual(await pixels(given));
      expect((await sharp(clean).metadata()).icc).toBeDefined();
      expect(stripJpeg(clean ?? given)).toBe(clean);
    }
  });

  test("that is cut or made up anyhow is no way to throw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (tail) => void stripJpeg(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), tail])),
      ),
    );
  });
});

test("every kind of sound and film is looked into", () =>
  expect((["mp4", "mov", "webm", "heic", "mp3", "m4a", "wav", "ogg", "weba"] as const).every(isMedia)).toBe(true));
