/** An account that goes with what it wrote: nowhere after that, with a proof; what is on hold stays until it is released. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { operator } from "../../contracts/caller";
import { storesOf } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { type collections } from "../../services/chat/host/collections";
import { contextOf } from "../../services/users/context";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

let system: System;
let dataDir: string;
const start = async (): Promise<System> => startSystem({ env: { DATA_DIR: dataDir } });
const asAdmin = { meta: { caller: operator } };

beforeAll(async () => {
  dataDir = await readyDataDir();
  system = await start();
});
afterAll(() => system?.stop());

const ask = async (who: Account, method: string, path: string, body?: unknown): Promise<any> => {
  const answer = await request(system.url, method, path, { token: who.token, ...(body === undefined ? {} : { body }) });
  if (!answer.body.ok) throw Object.assign(new Error(answer.body.error.message), answer.body.error);
  return answer.body.data;
};

/** Whatever is stored of documents, and of files their bytes. */
async function everything(): Promise<string> {
  const all: string[] = [];
  for (const name of ["chat", "notifications", "uploads"])
    for (const store of Object.values(storesOf<typeof collections>(system.broker.getLocalService(name))))
      for (const doc of await store.find({})) all.push(JSON.stringify(doc));
  const uploads = join(dataDir, "uploads");
  for (const file of readdirSync(uploads, { recursive: true, withFileTypes: true }))
    if (file.isFile()) all.push(readFileSync(join(file.parentPath, file.name), "latin1"));
  return all.join("\n");
}

async function upload(who: Account, text: string): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([text], { type: "text/plain" }), "note.txt");
  const headers = { authorization: `Bearer ${who.token}` };
  const answer = await fetch(`${system.url}/upload/single`, { method: "POST", headers, body: form });
  return ((await answer.json()) as { data: { url: string } }).data.url;
}

let n = 0;
const word = (): string => `zq${++n}x`;

async function life() {
  const ann = await register(system.url, "Ann");
  const bob = await register(system.url, "Bob");
  const group = (await ask(ann, "POST", "/conversations", { type: "group", name: "Town", participantIds: [bob.id] }))
    ._id;
  const room = `/conversations/${group}/messages`;
  const words = [word(), word(), word(), word(), word()] as const;
  const [first, edited, inFile, second, scheduled] = words;
  const sent = await ask(ann, "POST", room, { content: first });
  const kept = word();
  await ask(bob, "POST", room, { content: kept, replyTo: sent._id });
  await ask(ann, "PATCH", `/messages/${sent._id}`, { content: edited });
  const url = await upload(ann, inFile);
  await ask(ann, "POST", room, { content: second, attachments: [url] });
  const at = new Date(Date.now() + 3_600_000).toISOString();
  await ask(ann, "POST", `/conversations/${group}/scheduled`, { content: scheduled, at });
  await eventually(async () => expect((await ask(bob, "GET", "/notifications/unread/count")).count).toBeGreaterThan(1));
  return { ann, bob, group, words, kept };
}

const proofOf = async (id: number) => (await call(system.broker, "users.erasures", { limit: 1, of: id }, asAdmin))[0];
const soon = (id: number) => {
  const { db } = contextOf(system.broker.getLocalService("users"));
  const statement = "UPDATE erasures SET next_at = now() WHERE user_id = $1";
  return db.work((transaction) => db.sequelize.query(statement, { bind: [id], transaction }));
};

test("takes all of it, leaves what others wrote, and proves it without a word of it", async () => {
  const { ann, bob, group, words, kept } = await life();
  for (const text of words) expect(await everything()).toContain(text);
  await ask(ann, "DELETE", `/users/${ann.id}`, { erase: true });
  await eventually(async () => expect(await proofOf(ann.id)).toMatchObject({ state: "done" }));
  await eventually(async () => {
    const all = await everything();
    expect(words.filter((text) => all.includes(text))).toEqual([]);
    expect(all).toContain(kept);
  });
  const proof = await proofOf(ann.id);
  expect(proof?.found).toMatchObject({
    counts: { messages: 2, conversations: 1, scheduled: 1, shared_files: 1 },
    places: [{ conversation_id: group, messages: 2 }],
  });
  expect(new Set(Object.values(proof?.left?.counts ?? { none: 1 }))).toEqual(new Set([0]));
  const [told] = await call(system.broker, "users.auditLog", { limit: 1, event: "account.erased" }, asAdmin);
  expect(told).toMatchObject({
    target: `user:${ann.id}`,
    details: { found: proof?.found?.counts, requestedBy: ann.id },
  });
  expect(JSON.stringify([proof, told])).not.toMatch(/zq\d+x/);
  const seen = await ask(bob, "GET", `/conversations/${group}/messages`);
  expect(seen.filter((m: any) => m.sender_id === ann.id && m.type !== "system").map((m: any) => m.content)).toEqual([
    "",
    "",
  ]);
});

test("is not done to who only deletes the account, where nobody has said so", async () => {
  const { ann, words } = await life();
  await ask(ann, "DELETE", `/users/${ann.id}`);
  await eventually(async () => expect(await proofOf(ann.id)).toMatchObject({ state: "done", words: false }));
  const all = await everything();
  for (const text of [words[1], words[3]]) expect(all).toContain(text);
  const { found, left } = (await proofOf(ann.id)) ?? {};
  expect([found?.counts, left?.counts]).toMatchObject([
    { messages: 2, scheduled: 1 },
    { messages: 2, scheduled: 0 },
  ]);
  expect(
    await call(system.broker, "users.auditLog", { limit: 100, event: "account.erased" }, asAdmin),
  ).not.toContainEqual(expect.objectContaining({ target: `user:${ann.id}` }));
});

test("waits for a legal hold, over a restart, and goes on when that is released", async () => {
  const { ann, group, words } = await life();
  const hold = await call(system.broker, "chat.placeHold", { conversationId: group, reason: "a lawsuit" }, asAdmin);
  await ask(ann, "DELETE", `/users/${ann.id}`, { erase: true });
  await eventually(async () => expect(await proofOf(ann.id)).toMatchObject({ state: "held" }));
  const all = await everything();
  for (const text of words.slice(1, 4)) expect(all).toContain(text);
  await system.stop();
  system = await start();
  await call(system.broker, "chat.releaseHold", { holdId: hold.hold_id }, asAdmin);
  await soon(ann.id);
  await eventually(async () =>
    expect(await proofOf(ann.id)).toMatchObject({ state: "done", found: { counts: { messages: 2 } } }),
  );
  await eventually(async () => {
    const left = await everything();
    expect(words.filter((text) => left.includes(text))).toEqual([]);
  });
});

test("is refused to members where the policy keeps what they wrote, and to all who are no admins to read of", async () => {
  const stranger = await register(system.url, "Eve");
  await expect(ask(stranger, "GET", "/admin/erasures")).rejects.toMatchObject({ code: "FORBIDDEN" });
  const { env } = contextOf(system.broker.getLocalService("users"));
  const policy = jest.replaceProperty(contextOf(system.broker.getLocalService("users")), "env", {
    ...env,
    ACCOUNT_ERASURE: "anonymise",
  });
  await expect(ask(stranger, "DELETE", `/users/${stranger.id}`, { erase: true })).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  expect(await ask(stranger, "GET", "/users/me")).toMatchObject({ user_id: stranger.id });
  policy.restore();
});
