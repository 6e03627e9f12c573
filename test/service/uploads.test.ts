/** The doors for files, on one node, over real HTTP. */
import sharp from "sharp";
import { startUploads, stored, textFile, unfinished, type UploadsNode } from "../support/uploads";

let node: UploadsNode;
beforeAll(async () => {
  node = await startUploads();
});
afterAll(() => node.stop());

describe("an upload", () => {
  test("answers where the file is, and its uploader gets the same bytes back", async () => {
    const alice = node.as(1);
    const { status, body } = await alice.upload(textFile("xin chào"));
    expect(status).toBe(201);
    expect(body).toEqual({
      ok: true,
      data: {
        url: expect.stringMatching(/^\/files\/[0-9a-f]{24}$/),
        fileId: expect.any(String),
        name: "note.txt",
        size: 9,
        mime: "text/plain",
      },
    });
    const got = await alice.get(body.data.url);
    expect(got.status).toBe(200);
    expect(got.bytes.toString()).toBe("xin chào");
    expect(got.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(got.headers.get("content-disposition")).toMatch(/^attachment; filename="note.txt"/);
    expect(got.headers.get("x-content-type-options")).toBe("nosniff");
    expect(got.headers.get("cache-control")).toMatch(/private/);
    expect(got.headers.get("content-security-policy")).toMatch(/sandbox/);
  });

  test("of an image tells its size and keeps its bytes", async () => {
    const bytes = await sharp({ create: { width: 640, height: 400, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const { status, body } = await node.as(1).upload({ name: "red.png", type: "image/png", bytes });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ width: 640, height: 400, mime: "image/png", size: bytes.length });
    const got = await node.as(1).get(body.data.url);
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.headers.get("content-disposition")).toMatch(/^inline/);
    const thumbnail = await node.as(1).get(body.data.thumbnailUrl);
    expect(thumbnail.headers.get("content-type")).toBe("image/webp");
    expect(await sharp(thumbnail.bytes).metadata()).toMatchObject({ width: 320, height: 200 });
  });

  test("without a token is refused and stores nothing", async () => {
    const before = stored(node).length;
    const body = new FormData();
    body.append("file", new Blob(["x"], { type: "text/plain" }), "x.txt");
    const response = await fetch(`http://127.0.0.1:${node.port}/upload/single`, { method: "POST", body });
    expect(response.status).toBe(401);
    expect(stored(node)).toHaveLength(before);
  });

  test("of a stranger's file is not found", async () => {
    const { body } = await node.as(1).upload(textFile("mine"));
    expect((await node.as(2).get(body.data.url)).status).toBe(404);
    expect(unfinished(node)).toEqual([]);
  });
});
