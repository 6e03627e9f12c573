/** Sixty files, good and bad: extension, declared type and bytes must agree, and the bytes decide. */
import { film, heic, SECRETS } from "../support/media-files";
import * as f from "../support/upload-files";
import { startUploads, stored, unfinished, type UploadsNode } from "../support/uploads";

const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const utf16 = Buffer.from("\ufeffhello", "utf16le");
const MAX = 10_485_760;
type Row = [name: string, type: string, bytes: () => Buffer | Promise<Buffer>, why?: string];

const good: Row[] = [
  ["a.jpg", "image/jpeg", f.jpg],
  ["a.jpeg", "image/jpeg", f.jpg],
  ["A.JPG", "image/jpg", f.jpg],
  ["a.png", "image/png", f.png],
  ["a.png", "application/octet-stream", f.png, "a client that does not know the type"],
  ["archive.tar.png", "image/png", f.png],
  ["padded.png", "image/png", async () => Buffer.concat([await f.png(), Buffer.alloc(1000)])],
  ["a.gif", "image/gif", f.gif],
  ["a.webp", "image/webp", f.webp],
  ["a.mp4", "video/mp4", () => f.mp4()],
  ["a.mp4", "video/mp4", () => f.mp4("mp42")],
  ["a.mov", "video/quicktime", f.mov],
  ["old.mov", "video/quicktime", f.oldMov],
  ["a.webm", "video/webm", f.webm],
  ["a.pdf", "application/pdf", f.pdf],
  ["a.doc", "application/msword", f.doc],
  ["a.docx", DOCX, () => f.docx()],
  ["a.docx", "application/octet-stream", () => f.docx()],
  ["a.txt", "text/plain", () => Buffer.from("hello")],
  ["a.txt", "text/plain;charset=utf-8", () => Buffer.from("tiếng Việt 🎉")],
  ["bom.txt", "text/plain", () => Buffer.from("\ufeffhello")],
  ["id3.txt", "text/plain", () => Buffer.from("ID3 is a tag format")],
  ["largest.txt", "text/plain", () => Buffer.alloc(MAX, "é")],
  ["a.mp3", "audio/mpeg", f.mp3],
  ["a.mp3", "audio/mp3", f.bareMp3],
  ["a.wav", "audio/wav", f.wav],
  ["a.wav", "audio/x-wav", f.wav],
  ["a.ogg", "audio/ogg", f.ogg],
  ["a.ogg", "application/ogg", f.opus],
  ["voice.ogg", "audio/ogg; codecs=opus", f.opus],
  ["voice.opus", "audio/ogg", f.opus],
  ["voice.webm", "audio/webm;codecs=opus", f.webm],
  ["voice.weba", "audio/webm", f.webm],
  ["voice.mp4", "audio/mp4", () => f.mp4("iso5")],
  ["a.m4a", "audio/x-m4a", () => f.mp4("M4A ")],
  ["camera.mp4", "video/mp4", () => f.isoWith("XAVC", "XAVC", "mp42", "iso2")],
  ["long.wav", "audio/wav", f.rf64],
  ["padded.mp3", "audio/mpeg", f.paddedMp3],
  ["a.heic", "image/heic", heic],
  ["a.xlsx", XLSX, f.xlsx],
  ["a.pptx", "application/octet-stream", f.pptx],
  ["a.csv", "text/csv", () => Buffer.from("a,b\r\n1,2\r\n")],
  ["a.zip", "application/x-zip-compressed", () => f.zip({ "readme.md": "a zip" })],
  ["lunch.txt", "text/plain", () => Buffer.from("The free lunch is over")],
];
const bad: Row[] = [
  ["a.exe", "application/octet-stream", f.exe],
  ["a.png", "image/png", f.exe, "a program by another name"],
  ["a.txt", "text/plain", f.exe],
  ["a.html", "text/html", () => Buffer.from("<script>1</script>")],
  ["a.svg", "image/svg+xml", f.svg],
  ["a.png", "image/png", f.svg],
  ["a.bmp", "image/bmp", f.bmp],
  ["a.png", "image/png", f.bmp],
  ["a.jpg", "image/jpeg", f.png],
  ["a.png", "image/jpeg", f.png],
  ["a.jpg", "image/png", f.jpg],
  ["a.png", "text/html", f.png],
  ["a.txt", "text/html", () => Buffer.from("hello")],
  ["a.pdf", "application/pdf", () => Buffer.from("hello")],
  ["a.txt", "text/plain", f.pdf],
  ["noextension", "image/png", f.png],
  ["a.png.exe", "image/png", f.png],
  ["cut.png", "image/png", async () => (await f.png(400, 400)).subarray(0, 60)],
  ["head-only.jpg", "image/jpeg", () => Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
  ["a.mp4", "video/mp4", () => f.mp4("M4A "), "sound only"],
  ["a.mp4", "video/mp4", () => f.mp4("heic"), "a still image"],
  ["a.mp4", "video/mp4", f.mov],
  ["a.webm", "video/webm", () => f.matroska("matroska")],
  ["a.wav", "audio/wav", f.avi],
  ["a.ogg", "audio/ogg", f.theora, "video"],
  ["a.doc", "application/msword", f.xls],
  ["a.docx", DOCX, f.xlsx],
  ["a.xlsx", XLSX, () => f.docx()],
  ["a.pptx", "application/octet-stream", f.xlsx],
  ["a.zip", "application/zip", () => Buffer.from("PK\x03\x04\0 and no archive")],
  ["a.heic", "image/heic", () => f.isoWith("avif", "avif", "mif1")],
  ["a.m4a", "audio/mp4", f.mov],
  ["a.csv", "text/csv", f.exe],
  ["a.csv", "image/png", () => Buffer.from("a,b")],
  ["voice.webm", "audio/webm", () => f.matroska("matroska")],
  ["zeros.mp3", "audio/mpeg", () => Buffer.alloc(9_000)],
  ["a.docx", DOCX, () => f.docx({ "word/vbaProject.bin": "macros" })],
  ["a.docx", DOCX, () => Buffer.from("PK\x03\x04 and no archive")],
  ["a.docx", DOCX, () => f.zip({ "readme.md": "a zip" })],
  ["latin1.txt", "text/plain", () => Buffer.from("caf\xe9", "latin1")],
  ["utf16.txt", "text/plain", () => utf16],
  ["nul.txt", "text/plain", () => Buffer.from("a\0b")],
  ["late-nul.txt", "text/plain", () => Buffer.concat([Buffer.alloc(100_000, "a"), Buffer.from("\0")])],
  ["cut-utf8.txt", "text/plain", () => Buffer.from("é").subarray(0, 1)],
];

let node: UploadsNode;
beforeAll(async () => {
  node = await startUploads();
});
afterAll(() => node.stop());

test("the matrix holds at least sixty files", () => expect(good.length + bad.length).toBeGreaterThanOrEqual(60));

test.each(good)("%s as %s is taken %#", async (name, type, bytes) => {
  const { status, body } = await node.as(1).upload({ name, type, bytes: await bytes() });
  expect(body).toMatchObject({ ok: true, data: { name } });
  expect(status).toBe(201);
});

test.each(bad)("%s as %s is refused and leaves nothing %#", async (name, type, bytes) => {
  const before = stored(node).length;
  const { status, body } = await node.as(1).upload({ name, type, bytes: await bytes() });
  expect(body).toMatchObject({ ok: false, error: { code: "UNSUPPORTED_TYPE" } });
  expect(status).toBe(415);
  expect(stored(node)).toHaveLength(before);
  expect(unfinished(node)).toEqual([]);
});

test("one byte over the limit is TOO_LARGE, an empty file BAD_REQUEST", async () => {
  const over = await node.as(1).upload({ name: "a.txt", type: "text/plain", bytes: Buffer.alloc(MAX + 1, "a") });
  expect([over.status, over.body.error.code]).toEqual([413, "TOO_LARGE"]);
  const empty = await node.as(1).upload({ name: "a.txt", type: "text/plain", bytes: Buffer.alloc(0) });
  expect([empty.status, empty.body.error.code]).toEqual([400, "BAD_REQUEST"]);
  expect(unfinished(node)).toEqual([]);
});

test("an image of too many pixels is refused before it is decoded", async () => {
  // 8,000 x 8,000 pixels of one colour are some kB of PNG and 256 MB of memory.
  const bytes = await f.png(8_000, 8_000);
  const { status, body } = await node.as(1).upload({ name: "bomb.png", type: "image/png", bytes });
  expect([status, body.error.code]).toEqual([413, "TOO_LARGE"]);
});

test("a film and a HEIC lose their place and their person, and tell their size", async () => {
  for (const [name, bytes, facts] of [
    ["film.mp4", film(), { width: 1080, height: 1920, duration: 5 }],
    ["photo.heic", await heic(), { width: 64, height: 32 }],
  ] as const) {
    const { body } = await node.as(1).upload({ name, type: "", bytes });
    expect(body.data).toMatchObject({ ...facts, size: bytes.length });
    const got = await node.as(1).get(body.data.url);
    for (const secret of SECRETS) expect(got.bytes.includes(secret)).toBe(false);
    expect(got.bytes).toHaveLength(bytes.length);
  }
});

test("a photo loses its place, its maker and its turn, and stands upright", async () => {
  const sharp = (await import("sharp")).default;
  const { body } = await node.as(1).upload({ name: "photo.jpg", type: "image/jpeg", bytes: await f.photo(60, 30) });
  expect(body.data).toMatchObject({ width: 30, height: 60 });
  const { bytes } = await node.as(1).get(body.data.url);
  expect(bytes.length).toBe(body.data.size);
  expect(bytes.includes("Secret Person")).toBe(false);
  const meta = await sharp(bytes).metadata();
  expect(meta).toMatchObject({ width: 30, height: 60 });
  expect(meta.exif).toBeUndefined();
});

test("a turned WebP stands upright, and so do its smaller forms", async () => {
  const sharp = (await import("sharp")).default;
  const { body } = await node.as(1).upload({ name: "a.webp", type: "image/webp", bytes: await f.turnedWebp() });
  expect(body.data).toMatchObject({ width: 30, height: 60 });
  for (const url of [body.data.url, body.data.thumbnailUrl])
    expect(await sharp((await node.as(1).get(url)).bytes).metadata()).toMatchObject({ width: 30, height: 60 });
});

test("which kinds and how much is taken is the operator's to say", async () => {
  const strict = await startUploads({ FILE_TYPES: "png, txt", MAX_FILE_SIZE: "1 KB" });
  const send = async (name: string, type: string, bytes: Buffer) =>
    (await strict.as(1).upload({ name, type, bytes })).status;
  expect(await send("a.png", "image/png", await f.png())).toBe(201);
  expect(await send("a.jpg", "image/jpeg", await f.jpg())).toBe(415);
  expect(await send("a.txt", "text/plain", Buffer.alloc(1024, "a"))).toBe(201);
  expect(await send("a.txt", "text/plain", Buffer.alloc(1025, "a"))).toBe(413);
  await strict.stop();
});
