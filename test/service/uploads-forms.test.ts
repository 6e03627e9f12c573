/** Forms as they should not be: each gets an answer soon, and nothing of it stays: no file, no descriptor. */
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { eventually } from "../support/eventually";
import { startUploads, stored, textFile, unfinished, type UploadsNode } from "../support/uploads";

/** Soon, on however busy a machine. */
const ANSWER_MS = 60_000;
const FILE = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n';
const part = (head: string, body: string): string => `--b\r\n${head}\r\n${body}\r\n`;

let node: UploadsNode;
beforeAll(async () => {
  node = await startUploads({ UPLOAD_STALL_TIMEOUT: "1s" });
});
afterAll(() => node.stop());

interface Shape {
  readonly body: string | Buffer;
  readonly type?: string;
  /** Bytes that the head promises and that never come. */
  readonly missing?: number;
  readonly chunked?: boolean;
  readonly half?: boolean;
  readonly path?: string;
}

/** Sends exactly these bytes and reads the first answer; rejects where none comes in time. */
function exchange(shape: Shape): Promise<{ status: number; code: string | undefined }> {
  const { type = "multipart/form-data; boundary=b", missing = 0, path = "/upload/single" } = shape;
  const body = Buffer.from(shape.body as string, "latin1");
  const length = shape.chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length + missing}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${node.as(1).token}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(node.port, "127.0.0.1");
    const late = setTimeout(() => (socket.destroy(), reject(new Error("no answer"))), ANSWER_MS);
    let heard = "";
    socket.on("data", (bytes) => {
      heard += bytes.toString();
      const [, status, code] = /^HTTP\/1\.1 (\d+)[^]*?"(?:code":"(\w+)|ok":true)/.exec(heard) ?? [];
      if (!status) return;
      clearTimeout(late);
      socket.destroy();
      resolve({ status: Number(status), code });
    });
    socket.on("error", reject);
    socket.on("close", () => (clearTimeout(late), reject(new Error(`closed after: ${heard}`))));
    socket.write(`${head}Content-Type: ${type}\r\n${length}\r\n\r\n`);
    socket.write(body);
    if (shape.half) socket.end();
  });
}

const malformed: [string, Shape][] = [
  ["no boundary in the header", { body: part(FILE, "x") + "--b--\r\n", type: "multipart/form-data" }],
  [
    "another boundary than the header's",
    { body: part(FILE, "x") + "--b--\r\n", type: "multipart/form-data; boundary=c" },
  ],
  ["an empty body", { body: "" }],
  ["no part at all", { body: "--b--\r\n" }],
  ["part headers that never end", { body: `--b\r\n${FILE}--b--\r\n` }],
  ["part headers and then the end", { body: `--b\r\n${FILE}\r\n--b--\r\n` }],
  ["no closing boundary", { body: part(FILE, "hello") }],
  ["a body cut in the file, the connection held open", { body: `--b\r\n${FILE}\r\nhel`, missing: 1000 }],
  ["a body cut in a header, the connection held open", { body: `--b\r\nContent-Disp`, missing: 1000 }],
  ["a body cut in the file, the sending side closed", { body: `--b\r\n${FILE}\r\nhel`, missing: 1000, half: true }],
  ["nothing but a promise of bytes", { body: "", missing: 1000 }],
  ["a part without Content-Disposition", { body: part("Content-Type: text/plain\r\n", "x") + "--b--\r\n" }],
  ["a part without a name", { body: part('Content-Disposition: form-data; filename="a.txt"\r\n', "x") + "--b--\r\n" }],
  [
    "a file without a name",
    { body: part('Content-Disposition: form-data; name="file"; filename=""\r\n', "x") + "--b--\r\n" },
  ],
  ["a file in another field", { body: part(FILE.replace('"file"', '"avatar"'), "x") + "--b--\r\n" }],
  [
    "a text field in place of the file",
    { body: part('Content-Disposition: form-data; name="file"\r\n', "x") + "--b--\r\n" },
  ],
  ["two files for one", { body: part(FILE, "x") + part(FILE, "y") + "--b--\r\n" }],
  ["a file in base64", { body: part(`${FILE}Content-Transfer-Encoding: base64\r\n`, "aGVsbG8=") + "--b--\r\n" }],
  ["a thousand fields", { body: part('Content-Disposition: form-data; name="n"\r\n', "x").repeat(1000) + "--b--\r\n" }],
  ["a header of 100 kB", { body: part(`X-Long: ${"y".repeat(100_000)}\r\n${FILE}`, "x") + "--b--\r\n" }],
  ["a broken chunk length", { body: "zz\r\nhello\r\n0\r\n\r\n", chunked: true }],
  ["random bytes", { body: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)).toString("latin1") }],
];

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const onLinux = process.platform === "linux" ? test : test.skip;

describe("a form with", () => {
  test.each(malformed)("%s is BAD_REQUEST", async (_name, shape) => {
    expect(await exchange(shape)).toEqual({ status: 400, code: "BAD_REQUEST" });
    await eventually(() => expect(unfinished(node)).toEqual([]));
    expect(stored(node)).toEqual([]);
  });

  test.each([
    ["JSON", "application/json"],
    ["a URL-encoded form", "application/x-www-form-urlencoded"],
    ["another multipart", "multipart/mixed; boundary=b"],
  ])("%s in its place is UNSUPPORTED_TYPE", async (_name, type) => {
    expect(await exchange({ body: "{}", type })).toEqual({ status: 415, code: "UNSUPPORTED_TYPE" });
  });

  test("more bytes than any form may have is TOO_LARGE before they are sent", async () => {
    const shape = { body: "", missing: 2 ** 31 };
    expect(await exchange(shape)).toEqual({ status: 413, code: "TOO_LARGE" });
  });

  test("text before the first boundary, after the last, and fields beside the file is taken", async () => {
    const field = part('Content-Disposition: form-data; name="note"\r\n', "hi");
    const body = `preamble\r\n${field}${part(FILE, "hello")}--b--\r\nepilogue`;
    expect(await exchange({ body })).toEqual({ status: 201 });
    expect(stored(node)).toHaveLength(1);
  });

  onLinux("all these over and over leaves no descriptor open", async () => {
    const round = () => Promise.allSettled(malformed.slice(2, 20).map(([, shape]) => exchange(shape)));
    await round();
    const before = descriptors();
    await round();
    await round();
    await eventually(() => expect(descriptors()).toBeLessThanOrEqual(before + 2));
    expect(unfinished(node)).toEqual([]);
  });
});

describe("a client that goes away in the middle", () => {
  test("leaves nothing behind, at any moment", async () => {
    const before = stored(node).length;
    for (const sent of [0, 10, 120, 5_000, 200_000, 900_000]) {
      const body = `--b\r\n${FILE}\r\n${"x".repeat(1_000_000)}`.slice(0, sent);
      const socket = connect(node.port, "127.0.0.1");
      const head = `POST /upload/single HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${node.as(1).token}\r\n`;
      await new Promise<void>((resolve) =>
        socket.write(
          `${head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 2000000\r\n\r\n${body}`,
          () => resolve(),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.destroy();
    }
    await eventually(() => expect(unfinished(node)).toEqual([]));
    expect(stored(node)).toHaveLength(before);
  });
});

describe("many files at once", () => {
  const files = (n: number) => Array.from({ length: n }, (_, i) => textFile(`file ${i}`, `${i}.txt`));

  test("are all stored, in order", async () => {
    const { status, body } = await node.as(2).uploadMany(files(10));
    expect(status).toBe(201);
    expect(body.data.map((f: any) => f.name)).toEqual(files(10).map((f) => f.name));
  });

  test("of which one is bad are none", async () => {
    const before = stored(node).length;
    const bad = { name: "a.png", type: "image/png", bytes: Buffer.from("no png at all") };
    const { status, body } = await node
      .as(2)
      .uploadMany([...files(5).map((f) => ({ ...f, bytes: Buffer.from("new") })), bad]);
    expect([status, body.error.code]).toEqual([415, "UNSUPPORTED_TYPE"]);
    expect(stored(node)).toHaveLength(before);
  });

  test("of which the last is damaged deep inside are none", async () => {
    const before = stored(node).length;
    const bad = { name: "a.docx", type: "application/octet-stream", bytes: Buffer.from("PK\x03\x04 no archive") };
    const { status } = await node.as(2).uploadMany([textFile("unseen before"), bad]);
    expect(status).toBe(415);
    expect(stored(node)).toHaveLength(before);
  });

  test("that are too many are none", async () => {
    const before = stored(node).length;
    const { status, body } = await node.as(3).uploadMany(files(11));
    expect([status, body.error.code]).toEqual([400, "BAD_REQUEST"]);
    expect(stored(node)).toHaveLength(before);
    expect(unfinished(node)).toEqual([]);
  });

  test("of which one is too large are none", async () => {
    const before = stored(node).length;
    const large = { ...textFile(), bytes: Buffer.alloc(10_485_761, "a") };
    const { status, body } = await node.as(3).uploadMany([textFile("small"), large]);
    expect([status, body.error.code]).toEqual([413, "TOO_LARGE"]);
    expect(stored(node)).toHaveLength(before);
  });
});
