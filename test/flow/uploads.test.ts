/** Files through the whole system: uploaded over HTTP, sent over a socket, opened by those who may. */
import { type Account, Client, register, request } from "../support/client";
import { startSystem, type System } from "../support/system";
import * as f from "../support/upload-files";

let system: System;
let alice: Account;
let bob: Account;
let carol: Account;
let a: Client;

beforeAll(async () => {
  system = await startSystem();
  [alice, bob, carol] = [await register(system.url), await register(system.url), await register(system.url)];
  a = await Client.connect(system.url, alice.token);
});
afterAll(async () => {
  a.close();
  await system.stop();
});

async function upload(who: Account, name: string, type: string, bytes: Buffer): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(bytes)], { type }), name);
  const headers = { authorization: `Bearer ${who.token}` };
  const response = await fetch(`${system.url}/upload/single`, { method: "POST", headers, body: form });
  const { ok, data, error } = (await response.json()) as any;
  if (!ok) throw new Error(JSON.stringify(error));
  return data.url;
}
const statusFor = async (who: Account, url: string): Promise<number> =>
  (await fetch(system.url + url, { headers: { authorization: `Bearer ${who.token}` } })).status;
const groupOf = (...others: Account[]) =>
  a.ok("conversation:create", { participantIds: others.map((o) => o.id), name: "files", type: "group" });

test("an image is sent as an image, and opens for the participants only", async () => {
  const url = await upload(alice, "a.png", "image/png", await f.png());
  const { _id: conversationId } = await groupOf(bob);
  expect(await statusFor(bob, url)).toBe(404);
  const message = await a.ok("message:send", { conversationId, content: "look", attachments: [url] });
  const variants = { thumbnail: `${url}?variant=thumbnail`, preview: `${url}?variant=preview` };
  const file = { url, name: "a.png", mime: "image/png", size: expect.any(Number), width: 40, height: 20, ...variants };
  expect(message).toMatchObject({ type: "image", attachments: [url] });
  expect(message.files).toEqual([file]);
  expect([await statusFor(bob, url), await statusFor(carol, url)]).toEqual([200, 404]);
});

test("a text is sent as a file, and is gone for the others when its message is deleted", async () => {
  const url = await upload(alice, "a.txt", "text/plain", Buffer.from("hello"));
  const { _id: conversationId } = await groupOf(bob);
  const message = await a.ok("message:send", { conversationId, content: "", attachments: [url] });
  expect(message.type).toBe("file");
  expect(await statusFor(bob, url)).toBe(200);
  await a.ok("message:delete", { messageId: message._id });
  expect([await statusFor(bob, url), await statusFor(alice, url)]).toEqual([404, 200]);
});

test("a removed member can't open it any more once the removal is acknowledged", async () => {
  const url = await upload(alice, "b.txt", "text/plain", Buffer.from("secret"));
  const { _id: conversationId } = await groupOf(bob, carol);
  await a.ok("message:send", { conversationId, content: "", attachments: [url] });
  expect(await statusFor(carol, url)).toBe(200);
  await a.ok("conversation:remove-member", { conversationId, userId: carol.id });
  expect([await statusFor(carol, url), await statusFor(bob, url)]).toEqual([404, 200]);
});

test("a stranger's file can't be sent on", async () => {
  const url = await upload(bob, "c.txt", "text/plain", Buffer.from("bob's own"));
  const { _id: conversationId } = await groupOf(bob);
  const ack = await a.send("message:send", { conversationId, content: "", attachments: [url] });
  expect([ack.ok, ack.error.code]).toEqual([false, "BAD_REQUEST"]);
  expect(await statusFor(alice, url)).toBe(404);
});

test("a group's picture opens for its members, until it has another", async () => {
  const url = await upload(alice, "us.png", "image/png", await f.png(8, 8));
  const made = { participantIds: [bob.id], type: "group", name: "us", avatar: url };
  const { _id: conversationId } = await a.ok("conversation:create", made);
  expect([await statusFor(bob, url), await statusFor(carol, url)]).toEqual([200, 404]);
  const next = await upload(alice, "we.png", "image/png", await f.png(9, 9));
  const note = await upload(alice, "n.txt", "text/plain", Buffer.from("no picture"));
  await a.ok("conversation:update", { conversationId, avatar: next });
  expect([await statusFor(bob, url), await statusFor(bob, next)]).toEqual([404, 200]);
  for (const [avatar, code] of [
    [note, "BAD_REQUEST"],
    [`/files/${"0".repeat(24)}`, "BAD_REQUEST"],
    ["javascript:alert(1)", "BAD_REQUEST"],
  ])
    expect((await a.send("conversation:update", { conversationId, avatar })).error.code).toBe(code);
  expect((await a.ok("conversation:get", { conversationId })).avatar).toBe(next);
});

test("an avatar opens for everybody who is signed in", async () => {
  const url = await upload(alice, "me.png", "image/png", await f.png(64, 64));
  expect(await statusFor(carol, url)).toBe(404);
  const change = { token: alice.token, body: { avatar_url: url } };
  expect((await request(system.url, "PATCH", `/users/${alice.id}`, change)).status).toBe(200);
  expect(await statusFor(carol, url)).toBe(200);
});

test("an avatar that is no image of one's own is as bad a request as that of a group", async () => {
  const bobs = await upload(bob, "bob.png", "image/png", await f.png(8, 8));
  const note = await upload(alice, "n.txt", "text/plain", Buffer.from("no picture"));
  for (const avatar_url of [bobs, note, `/files/${"0".repeat(24)}`]) {
    const change = { token: alice.token, body: { avatar_url } };
    const { status, body } = await request(system.url, "PATCH", `/users/${alice.id}`, change);
    expect([status, body.error.code]).toEqual([400, "BAD_REQUEST"]);
    const made = { participantIds: [bob.id], type: "group", avatar: avatar_url };
    expect((await a.send("conversation:create", made)).error.code).toBe("BAD_REQUEST");
  }
});
