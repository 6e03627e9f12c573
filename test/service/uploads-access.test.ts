/** Who may open a file, how it is handed out, and what becomes of it. */
import { newId } from "../../mixins/documents";
import { fileStoreOf } from "../../platform/files";
import * as f from "../support/upload-files";
import { startUploads, stored, textFile, type UploadsNode } from "../support/uploads";

const [ALICE, BOB, CAROL, ADMIN] = [1, 2, 3, 4];
let node: UploadsNode;
beforeAll(async () => {
  node = await startUploads();
});
afterAll(() => node.stop());

const alice = () => node.as(ALICE);
const bob = () => node.as(BOB);
let count = 0;
const fresh = () => textFile(`file ${(count += 1)}`);
async function uploaded(owner = alice()): Promise<string> {
  return (await owner.upload(fresh())).body.data.url;
}
function conversation(...members: number[]): string {
  const id = newId();
  node.members.set(id, new Set(members));
  return id;
}
const attach = (by: number, conversationId: string, ...urls: string[]) =>
  node.broker.call<any, any>("uploads.attach", { conversationId, urls }, { meta: node.as(by).meta });
const detach = (conversationId: string, ...urls: string[]) =>
  node.broker.call("uploads.detach", { conversationId, urls });
const statusFor = async (userId: number, url: string) => (await node.as(userId).get(url)).status;

describe("a file that was sent to a conversation", () => {
  test("opens for its participants and nobody else", async () => {
    const url = await uploaded();
    expect(await statusFor(BOB, url)).toBe(404);
    const files = await attach(ALICE, conversation(ALICE, BOB), url);
    expect(files).toEqual({ files: [{ url, name: "note.txt", mime: "text/plain", size: expect.any(Number) }] });
    expect(await statusFor(BOB, url)).toBe(200);
    expect(await statusFor(CAROL, url)).toBe(404);
  });

  test("is closed to a member at once who is removed", async () => {
    const url = await uploaded();
    const room = conversation(ALICE, BOB);
    await attach(ALICE, room, url);
    expect(await statusFor(BOB, url)).toBe(200);
    node.members.get(room)?.delete(BOB);
    expect(await statusFor(BOB, url)).toBe(404);
  });

  test("can be sent on by a participant, and opens there", async () => {
    const url = await uploaded();
    await attach(ALICE, conversation(ALICE, BOB), url);
    await attach(BOB, conversation(BOB, CAROL), url);
    expect(await statusFor(CAROL, url)).toBe(200);
  });

  test("opens through any of many conversations", async () => {
    const url = await uploaded();
    for (let i = 0; i < 5; i += 1) await attach(ALICE, conversation(ALICE), url);
    await attach(ALICE, conversation(ALICE, CAROL), url);
    expect(await statusFor(CAROL, url)).toBe(200);
    expect(await statusFor(BOB, url)).toBe(404);
  });

  test("is gone for them when its message is deleted, not for its uploader", async () => {
    const url = await uploaded();
    const room = conversation(ALICE, BOB);
    await attach(ALICE, room, url);
    await detach(room, url);
    expect(await statusFor(BOB, url)).toBe(404);
    expect(await statusFor(ALICE, url)).toBe(200);
  });

  test("can't be sent by a stranger, who learns which it was and not that it exists", async () => {
    const [own, other] = [await uploaded(bob()), await uploaded()];
    const room = conversation(BOB);
    const details = [{ field: "attachments[1]", rule: "file", index: 1, url: other }];
    await expect(attach(BOB, room, own, other)).rejects.toMatchObject({ type: "NOTFOUND", data: details });
    await expect(attach(BOB, room, "https://evil.test/x.png")).rejects.toMatchObject({ type: "NOTFOUND" });
    await expect(attach(BOB, room, `https://evil.test${own}`)).rejects.toMatchObject({ type: "NOTFOUND" });
    await expect(attach(BOB, room, `/files/${newId()}`)).rejects.toMatchObject({ type: "NOTFOUND" });
  });

  test("answers UNAVAILABLE, not NOTFOUND, while chat can't be asked", async () => {
    const url = await uploaded();
    await attach(ALICE, conversation(ALICE, BOB), url);
    const chat = node.broker.getLocalService("chat");
    await node.broker.destroyService(chat);
    try {
      expect(await statusFor(BOB, url)).toBe(503);
      expect(await statusFor(ALICE, url)).toBe(200);
    } finally {
      node.broker.createService((chat as any).originalSchema);
      await node.broker.waitForServices("chat");
    }
  });
});

describe("a signed link", () => {
  const linkTo = async (url: string, body = {}) => (await alice().post(`${url}/link`, body)).body.data.url as string;
  const anonymous = (path: string) => fetch(`http://127.0.0.1:${node.port}${path}`);

  test("opens its file without a token", async () => {
    const response = await anonymous(await linkTo(await uploaded()));
    expect(response.status).toBe(200);
  });

  test("opens no other file, no other form of it, and not for longer", async () => {
    const [url, other] = [await uploaded(), await uploaded()];
    const link = await linkTo(url);
    expect((await anonymous(link.replace(url, other))).status).toBe(403);
    expect((await anonymous(`${link}&variant=preview`)).status).toBe(403);
    expect((await anonymous(link.replace(/exp=\d+/, "exp=9999999999"))).status).toBe(403);
    expect((await anonymous(link.replace(/sig=../, "sig=xx"))).status).toBe(403);
    expect((await anonymous(url)).status).toBe(401);
  });

  test("is given only to those who may read, and dies with the file", async () => {
    const url = await uploaded();
    expect((await bob().post(`${url}/link`, {})).status).toBe(404);
    const link = await linkTo(url);
    await alice().remove(url);
    expect((await anonymous(link)).status).toBe(404);
  });
});

describe("a download", () => {
  const send = async () => {
    const { body } = await alice().upload(textFile("0123456789", `${newId()}.txt`));
    return (headers: Record<string, string>) => alice().get(body.data.url, headers);
  };

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=4-", "456789", "bytes 4-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=5-99", "56789", "bytes 5-9/10"],
  ])("of the range %s is that part", async (range, text, header) => {
    const { status, bytes, headers } = await (await send())({ range });
    expect([status, bytes.toString(), headers.get("content-range")]).toEqual([206, text, header]);
  });

  test.each(["bytes=10-", "bytes=-0", "bytes=99-100"])("of the impossible range %s is 416", async (range) => {
    const { status, headers } = await (await send())({ range });
    expect([status, headers.get("content-range")]).toEqual([416, "bytes */10"]);
  });

  test.each(["bytes=0-1,4-5", "lines=1-2", "bytes=5-2", "bytes=-", "nonsense"])("of %s is the whole", async (range) => {
    const { status, bytes } = await (await send())({ range });
    expect([status, bytes.toString()]).toEqual([200, "0123456789"]);
  });

  test("of what the client has already is 304 without bytes", async () => {
    const get = await send();
    const etag = (await get({})).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    const again = await get({ "if-none-match": etag });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    expect((await get({ range: "bytes=0-0", "if-range": '"other"' })).status).toBe(200);
    expect((await get({ range: "bytes=0-0", "if-range": etag })).status).toBe(206);
  });

  test("of another file than the client names is 412 in the envelope; dates that are none ask for nothing", async () => {
    const get = await send();
    const { headers } = await get({});
    const [etag, date] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
    const past = new Date(0).toUTCString();
    const refused = [{ "if-match": '"other"' }, { "if-match": `W/${etag}` }, { "if-unmodified-since": past }];
    for (const asked of refused) {
      const { status, bytes } = await get(asked);
      expect([status, JSON.parse(bytes.toString())]).toMatchObject([412, { ok: false, error: { code: "CONFLICT" } }]);
    }
    const taken = [
      { "if-match": `"other", ${etag}` },
      { "if-match": "*" },
      { "if-match": etag, "if-unmodified-since": past },
      { "if-unmodified-since": date },
      { "if-unmodified-since": "yesterday" },
      { "if-modified-since": past },
    ];
    for (const asked of taken) expect((await get(asked)).status).toBe(200);
    expect((await get({ "if-modified-since": date })).status).toBe(304);
    expect((await get({ "if-modified-since": date, "if-none-match": '"other"' })).status).toBe(200);
    expect((await get({ range: "bytes=0-0", "if-range": date })).status).toBe(206);
    expect((await get({ range: "bytes=0-0", "if-range": past })).status).toBe(200);
  });

  test("is described by HEAD as a whole, whatever range it names, without reading it", async () => {
    const { body } = await alice().upload(textFile("0123456789", `${newId()}.txt`));
    const read = jest.spyOn(fileStoreOf(node.broker), "read");
    for (const range of ["bytes=0-3", "bytes=99-"]) {
      const headers = { authorization: `Bearer ${alice().token}`, range };
      const answer = await fetch(`http://127.0.0.1:${node.port}${body.data.url}`, { method: "HEAD", headers });
      const told = ["content-length", "content-range", "accept-ranges"].map((name) => answer.headers.get(name));
      expect([answer.status, ...told, await answer.text()]).toEqual([200, "10", null, "bytes", ""]);
    }
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  test("keeps any name, in every script, without letting it out of its header", async () => {
    const bytes = Buffer.from(newId());
    const { body } = await alice().upload({ name: 'ảnh "1"\r\nX-Evil: 1;.txt', type: "text/plain", bytes });
    const { headers } = await alice().get(body.data.url);
    expect(headers.get("x-evil")).toBeNull();
    expect(headers.get("content-disposition")).toContain("filename*=UTF-8''%E1%BA%A3nh");
  });

  test("of an unknown or impossible id is refused", async () => {
    expect(await statusFor(ALICE, `/files/${newId()}`)).toBe(404);
    expect(await statusFor(ALICE, "/files/..%2f..%2fetc%2fpasswd")).toBe(400);
    expect(await statusFor(ALICE, "/files/x?sig[$ne]=1")).toBe(400);
  });
});

describe("deleting", () => {
  test("takes the file from everybody at once, bytes included", async () => {
    const url = await uploaded();
    await attach(ALICE, conversation(ALICE, BOB), url);
    const before = stored(node).length;
    expect((await alice().remove(url)).status).toBe(200);
    expect([await statusFor(BOB, url), await statusFor(ALICE, url)]).toEqual([404, 404]);
    expect(stored(node)).toHaveLength(before - 1);
    expect((await alice().remove(url)).status).toBe(404);
  });

  test("is for the uploader and admins: participants FORBIDDEN, strangers NOTFOUND", async () => {
    const url = await uploaded();
    await attach(ALICE, conversation(ALICE, BOB), url);
    expect((await bob().remove(url)).status).toBe(403);
    expect((await node.as(CAROL).remove(url)).status).toBe(404);
    expect((await node.as(ADMIN, "user", "admin").remove(`http://localhost:3000${url}`)).status).toBe(200);
  });

  test.each(["", "/etc/passwd", "/files/../x", "nonsense"])("of %j is BAD_REQUEST", async (url) => {
    expect((await alice().remove(url)).status).toBe(400);
  });
});

describe("the same bytes twice", () => {
  test("are two files with one copy, which stays until both are gone", async () => {
    const before = stored(node).length;
    const bytes = await f.png(50, 50);
    const [a, b] = await Promise.all(
      ["a.png", "b.png"].map((name) => alice().upload({ name, type: "image/png", bytes })),
    );
    expect([a?.body.data.name, b?.body.data.name]).toEqual(["a.png", "b.png"]);
    expect(a?.body.data.url).not.toBe(b?.body.data.url);
    expect(stored(node)).toHaveLength(before + 3); // the image and its two smaller forms
    await alice().remove(a?.body.data.url);
    expect((await alice().get(b?.body.data.url)).bytes.equals(bytes)).toBe(true);
    expect(await statusFor(ALICE, b?.body.data.previewUrl)).toBe(200);
    await alice().remove(b?.body.data.url);
    expect(stored(node)).toHaveLength(before);
  });

  test("in one form are one copy, too, and of another owner a copy of their own", async () => {
    const before = stored(node).length;
    const file = fresh();
    await alice().uploadMany([file, file]);
    expect(stored(node)).toHaveLength(before + 1);
    await bob().upload(file);
    expect(stored(node)).toHaveLength(before + 2);
  });
});

describe("an avatar", () => {
  const publish = (by: number, url: string) => node.broker.call("uploads.publish", { url }, { meta: node.as(by).meta });

  test("opens for every signed-in user once its owner published it", async () => {
    const { body } = await alice().upload({ name: "me.png", type: "image/png", bytes: await f.png(9, 9) });
    await publish(ALICE, body.data.url);
    expect(await statusFor(CAROL, body.data.url)).toBe(200);
    expect((await fetch(`http://127.0.0.1:${node.port}${body.data.url}`)).status).toBe(401);
  });

  test("is no stranger's file and no text", async () => {
    const url = await uploaded();
    await expect(publish(BOB, url)).rejects.toMatchObject({ type: "NOTFOUND" });
    await expect(publish(ALICE, url)).rejects.toMatchObject({ type: "BAD_REQUEST" });
  });
});
