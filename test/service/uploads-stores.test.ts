/** What every store of files promises, on a local folder and on a real S3-compatible server. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { readEnv } from "../../contracts/env";
import { fail } from "../../contracts/errors";
import { newId } from "../../mixins/documents";
import { LocalStore } from "../../platform/files/local";
import { S3Store } from "../../platform/files/s3";
import { type FileStore, type StoredObject } from "../../platform/files/store";
import { hasS3, type S3Server, startS3 } from "../support/s3";
import * as f from "../support/upload-files";
import { startUploads, textFile, type UploadsNode } from "../support/uploads";

interface Case {
  readonly name: string;
  readonly open: () => Promise<{ store: FileStore; close: () => Promise<void> }>;
}
const local: Case = {
  name: "a local folder",
  open: () => {
    const dir = mkdtempSync(join(tmpdir(), "store-"));
    const close = () => Promise.resolve(rmSync(dir, { recursive: true, force: true }));
    return Promise.resolve({ store: new LocalStore(dir), close });
  },
};
const s3: Case = {
  name: "an S3-compatible server",
  open: async () => {
    const server = await startS3();
    return { store: new S3Store(readEnv(server.vars)), close: () => server.stop() };
  },
};
const withS3 = hasS3() ? describe : describe.skip;
const later = () => new Date(Date.now() + 60_000);

describe.each(hasS3() ? [local, s3] : [local])("on $name", ({ open }) => {
  let store: FileStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await open());
  });
  afterAll(() => close());

  const keys = async (): Promise<string[]> => {
    const found: StoredObject[] = [];
    for await (const object of store.list()) found.push(object);
    return found.map(({ key }) => key);
  };
  const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  const put = async (bytes: Buffer): Promise<string> => {
    const key = newId();
    await store.put(key, Readable.from([bytes]));
    return key;
  };

  test.each([1, 70_000, 5 * 2 ** 20, 10_485_760])("what was put in reads the same: %d bytes", async (size) => {
    const bytes = randomBytes(size);
    const key = await put(bytes);
    expect((await buffer(await store.read(key))).equals(bytes)).toBe(true);
    expect(await keys()).toContain(key);
  });

  test.each([false, true])("a put says what was stored, of bytes that are given away: %s", async (gives) => {
    const key = newId();
    const bytes = randomBytes(300_000);
    // Some are all of their memory, some a piece of other memory, and one is changed on its way.
    const pieces = [bytes.subarray(0, 100_000), Buffer.from(bytes.subarray(100_000, 250_000)), bytes.subarray(250_000)];
    const changed = Buffer.concat([Buffer.alloc(100_000), bytes.subarray(100_000)]);
    const whole = pieces.map((piece) => Buffer.from(new Uint8Array(piece).buffer));
    const through = {
      take: (chunk: Buffer) => (chunk.length === 100_000 ? chunk.fill(0) : chunk),
      end: () => undefined,
    };
    const stored = await store.put(key, Readable.from(gives ? whole : pieces), { through, gives });
    expect(stored).toEqual({ size: 300_000, sha256: sha256(changed) });
    expect((await buffer(await store.read(key))).equals(changed)).toBe(true);
    expect(pieces.map(({ length }) => length)).toEqual([100_000, 150_000, 50_000]);
  });

  test("what one source holds back holds back no other", async () => {
    const slow = new Readable({ read: () => undefined });
    const waiting = store.put(newId(), slow);
    await Promise.all(Array.from({ length: 5 }, () => put(randomBytes(500_000))));
    slow.push("at last");
    slow.push(null);
    expect(await waiting).toEqual({ size: 7, sha256: sha256(Buffer.from("at last")) });
  });

  test("a range reads that part, both ends included", async () => {
    const key = await put(Buffer.from("0123456789"));
    expect((await buffer(await store.read(key, { start: 2, end: 4 }))).toString()).toBe("234");
  });

  test("a put over an object replaces it whole", async () => {
    const key = await put(Buffer.from("long before"));
    await store.put(key, Readable.from([Buffer.from("after")]));
    expect((await buffer(await store.read(key))).toString()).toBe("after");
  });

  test("what is removed is NOTFOUND; removing it again is no error", async () => {
    const key = await put(Buffer.from("x"));
    await store.remove([key]);
    await store.remove([key, newId()]);
    await expect(store.read(key)).rejects.toMatchObject({ type: "NOTFOUND" });
  });

  test.each([0, 6 * 2 ** 20])("a put that is refused after %d bytes says why and leaves nothing", async (size) => {
    const key = newId();
    let seen = 0;
    const through = {
      take(chunk: Buffer) {
        seen += chunk.length;
        if (seen > size) throw fail("UNSUPPORTED_TYPE");
        return chunk;
      },
      end: () => undefined,
    };
    const source = Readable.from(Array.from({ length: 160 }, () => randomBytes(64 * 1024)));
    await expect(store.put(key, source, { through })).rejects.toMatchObject({ type: "UNSUPPORTED_TYPE" });
    await expect(store.read(key)).rejects.toMatchObject({ type: "NOTFOUND" });
    expect(await store.clean(later())).toBe(0);
  });

  test("a source that breaks off leaves nothing", async () => {
    const key = newId();
    const source = Readable.from(
      (async function* () {
        yield await Promise.resolve(randomBytes(6 * 2 ** 20));
        throw new Error("the client went away");
      })(),
    );
    await expect(store.put(key, source)).rejects.toThrow();
    expect(await keys()).not.toContain(key);
    expect(await store.clean(later())).toBe(0);
  });

  test("it says that it is there", () => store.check());
});

test("files that are refused at their first byte, or before it, are not made after that", async () => {
  const { store, close } = await local.open();
  const no = (): never => {
    throw fail("UNSUPPORTED_TYPE");
  };
  const put = (bytes: Buffer[]) => store.put(newId(), Readable.from(bytes), { through: { take: no, end: no } });
  // About one in a thousand stayed behind when the file was still being opened as its upload was refused.
  for (let round = 0; round < 200; round++) {
    const puts = Array.from({ length: 20 }, (_, i) => put(i % 2 ? [] : [Buffer.from("x")]));
    for (const { status } of await Promise.allSettled(puts)) expect(status).toBe("rejected");
  }
  expect(await store.clean(later())).toBe(0);
  await close();
});

test("a folder that can't be made and a server that is not there are UNAVAILABLE", async () => {
  const nowhere = new LocalStore(join(__filename, "below-a-file"));
  await expect(nowhere.put(newId(), Readable.from([Buffer.from("x")]))).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(nowhere.check()).rejects.toThrow();
  const gone = new S3Store(
    readEnv({
      UPLOAD_STORE: "s3",
      S3_BUCKET: "b",
      S3_ENDPOINT: "http://127.0.0.1:1",
      S3_ACCESS_KEY_ID: "a",
      S3_SECRET_ACCESS_KEY: "b",
    }),
  );
  await expect(gone.put(newId(), Readable.from([Buffer.from("x")]))).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(gone.read(newId())).rejects.toMatchObject({ type: "UNAVAILABLE" });
});

withS3("the doors over S3", () => {
  let server: S3Server;
  let node: UploadsNode;
  beforeAll(async () => {
    server = await startS3();
    node = await startUploads(server.vars);
  });
  afterAll(async () => {
    await node.stop();
    await server.stop();
  });

  test("store, check, hand out and remove as over a folder", async () => {
    const alice = node.as(1);
    const bytes = await f.png(900, 300);
    const { status, body } = await alice.upload({ name: "a.png", type: "image/png", bytes });
    expect([status, body.data?.width]).toEqual([201, 900]);
    expect((await alice.get(body.data.url)).bytes.equals(bytes)).toBe(true);
    expect((await alice.get(body.data.thumbnailUrl)).status).toBe(200);
    expect((await alice.get(body.data.url, { range: "bytes=1-3" })).bytes.toString()).toBe("PNG");
    await alice.remove(body.data.url);
    expect((await alice.get(body.data.url)).status).toBe(404);
  });

  test("take a file that goes over in several parts", async () => {
    const bytes = Buffer.concat([Buffer.from("%PDF-1.7\n"), randomBytes(6 * 2 ** 20)]);
    const { status, body } = await node.as(1).upload({ name: "a.pdf", type: "application/pdf", bytes });
    expect([status, body.data?.size]).toEqual([201, bytes.length]);
    expect((await node.as(1).get(body.data.url)).bytes.equals(bytes)).toBe(true);
  });

  test("look into documents and refuse what is none", async () => {
    const type = "application/octet-stream";
    expect((await node.as(1).upload({ name: "a.docx", type, bytes: f.docx() })).status).toBe(201);
    expect((await node.as(1).upload({ name: "a.docx", type, bytes: f.xlsx() })).status).toBe(415);
  });

  test("answer 503 while it is down", async () => {
    const { body } = await node.as(1).upload(textFile("before"));
    await server.stop();
    expect((await node.as(1).upload(textFile("after"))).status).toBe(503);
    expect((await node.as(1).get(body.data.url)).status).toBe(503);
  });
});

withS3("with S3_REDIRECT", () => {
  test("a download is sent to the server itself, presigned for this one file", async () => {
    const server = await startS3();
    const node = await startUploads({ ...server.vars, S3_REDIRECT: "on" });
    try {
      const { body } = await node.as(1).upload(textFile("over there"));
      const { status, headers } = await node.as(1).get(body.data.url);
      expect(status).toBe(302);
      const location = headers.get("location") ?? "";
      const response = await fetch(location);
      expect(await response.text()).toBe("over there");
      expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
      expect((await fetch(location.replace(/X-Amz-Signature=..../, "X-Amz-Signature=0000"))).status).toBe(403);
      expect((await node.as(2).get(body.data.url)).status).toBe(404);
    } finally {
      await node.stop();
      await server.stop();
    }
  });
});
