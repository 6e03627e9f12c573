/**
 * What is left of a deleted account, anywhere: its name, its address, its words and its id are planted in every place that the
 * system keeps, and then every place is searched: each collection, each table, each file. What stays is in a table, with why.
 */
import { createECDH, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { QueryTypes } from "sequelize";
import { generateVAPIDKeys } from "web-push";
import { operator } from "../../contracts/caller";
import { storesOf } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { type collections as chatCollections } from "../../services/chat/host/collections";
import { contextOf } from "../../services/users/context";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

const vapid = generateVAPIDKeys();
const pushKeys = {
  p256dh: createECDH("prime256v1").generateKeys("base64url"),
  auth: randomBytes(16).toString("base64url"),
};
let system: System;
let dataDir: string;

beforeAll(async () => {
  dataDir = await readyDataDir();
  system = await startSystem({
    env: {
      DATA_DIR: dataDir,
      SMTP_URL: "smtp://127.0.0.1:1", // nobody is there: what waits to be mailed goes on waiting
      UNREAD_MAIL: "daily",
      PUBLIC_URL: "https://chat.example.org",
      VAPID_PUBLIC_KEY: vapid.publicKey,
      VAPID_PRIVATE_KEY: vapid.privateKey,
      VAPID_SUBJECT: "mailto:ops@example.org",
      OUTGOING_PRIVATE: "on",
    },
  });
});
afterAll(() => system?.stop());

const asAdmin = { meta: { caller: operator } };
const db = () => contextOf(system.broker.getLocalService("users")).db;
const sql = <T extends object>(statement: string): Promise<T[]> =>
  db().work((transaction) => db().sequelize.query<T>(statement, { type: QueryTypes.SELECT, transaction }));

async function ask<T = any>(who: Account, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await request(system.url, method, path, { token: who.token, ...(body === undefined ? {} : { body }) });
  if (!answer.body.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body.error)}`);
  return answer.body.data as T;
}

/** By the name of their place, whatever is kept: documents, rows, files. */
async function places(): Promise<Map<string, unknown[]>> {
  const all = new Map<string, unknown[]>();
  for (const service of ["chat", "notifications", "uploads"])
    for (const [name, store] of Object.entries(
      storesOf<typeof chatCollections>(system.broker.getLocalService(service)),
    ))
      all.set(`${service}.${name}`, await store.find({}));
  const tables = await sql<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
  for (const { name } of tables) all.set(`users.${name}`, await sql(`SELECT * FROM "${name}"`));
  for (const folder of ["uploads", "mail", "dead-letters"]) {
    const found = readdirSafely(join(dataDir, folder));
    if (found.length) all.set(`files.${folder}`, found);
  }
  return all;
}
function readdirSafely(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((f) => f.isFile()).map((f) => readFileSync(join(f.parentPath, f.name), "latin1"));
  } catch {
    return [];
  }
}

/** `place: word` of each place that has one of these words, in whatever case and folded or not. */
async function whereWords(words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const [place, docs] of await places()) {
    const text = JSON.stringify(docs).toLowerCase();
    for (const word of words) if (text.includes(word)) found.push(`${place}: ${word}`);
  }
  return found.sort();
}

/** The paths of an id: of lists without places, of maps without their other keys. */
function pathsOf(value: unknown, id: number, path = ""): string[] {
  if (value === id || value === String(id)) return [path];
  if (typeof value === "string") return new RegExp(`(^|\\D)${id}(\\D|$)`).test(value) ? [`${path} (text)`] : [];
  if (Array.isArray(value)) return value.flatMap((one) => pathsOf(one, id, path));
  if (value === null || typeof value !== "object" || value instanceof Date) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const own = key === String(id) ? [`${path}.{id}`] : [];
    return [...own, ...pathsOf(one, id, key === String(id) ? `${path}.{id}` : `${path}.${key}`)];
  });
}
async function whereId(id: number): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [place, docs] of await places()) for (const path of pathsOf(docs, id)) found.add(`${place}${path}`);
  return found;
}

const IN_MESSAGES = "what others read next to a message: who wrote it, reacted, was named; no name goes with the id";
const IN_GROUP = "that they took part, by which others count what is unread and see who came and went";
const IN_FACTS = "the log of facts has ids alone, for FACTS_RETENTION";
const IN_AUDIT = "the audit log is kept for ever: who did what, by ids";
const AS_ROW = "the row of the account stays, without anything personal";
/** Where the id of a deleted account may stand, and why. */
const idsThatStay: Readonly<Record<string, string>> = {
  "chat.conversations.sent.{id}": IN_GROUP,
  "chat.conversations.last_message": IN_MESSAGES,
  "chat.conversations.redo": IN_MESSAGES,
  "chat.conversations.news": IN_FACTS,
  "chat.conversations.pair_key (text)": "the pair of a private conversation",
  "chat.conversations.participants": "of a private conversation, which the other side keeps",
  "chat.conversations.initiator_id": "of a private conversation, which the other side keeps",
  "chat.conversations.greet": IN_GROUP,
  "chat.messages.sender_id": IN_MESSAGES,
  "chat.messages.mentions": IN_MESSAGES,
  "chat.messages.reply_to": IN_MESSAGES,
  "chat.messages.forwarded_from": IN_MESSAGES,
  "chat.messages.system": IN_GROUP,
  "chat.messages.pinned_by": IN_MESSAGES,
  "chat.members.user_id": IN_GROUP,
  "chat.receipts.user_id": IN_GROUP,
  "chat.hooks.created_by": "who made a webhook of a group, for those who lead it",
  "notifications.facts.": IN_FACTS,
  "notifications.notifications.": "whom a message was for; with the message's other readers it goes by its age",
  "notifications.cursors.user_id": "marks that nothing is theirs any more",
  "notifications.pushJobs.actor_id": "what waits to be pushed about a message; gone when that is sent or given up",
  "uploads.attachments.owner_id": "of a file that stands in messages of others",
  "users.users.user_id": AS_ROW,
  "users.tokens.user_id": "sessions that were ended, which every node must refuse until they run out",
  "users.api_tokens.user_id": "tokens that were revoked, which every node must refuse; gone after 7 days",
  "users.erasures.": "the proof",
  "users.audit_log.": IN_AUDIT,
  "users.reports.": "what the staff was told, and by whom; what it shows goes 90 days after it was handled",
  "users.owed_facts.": IN_FACTS,
  "users.chat_news.": "what chat has still to be told; gone when it was",
};
/** Where words of theirs may stand, and why. */
const wordsThatStay: Readonly<Record<string, string>> = {
  "users.reports": "what a report shows is there until 90 days after the staff has handled it",
};
const leftOf = async (words: readonly string[]): Promise<string[]> =>
  (await whereWords(words)).filter(
    (found) => !Object.keys(wordsThatStay).some((place) => found.startsWith(`${place}: `)),
  );

const mayStay = (path: string): boolean => Object.keys(idsThatStay).some((known) => path.startsWith(known));

let next = 7_340_021;

interface Life {
  readonly zoe: Account;
  readonly bob: Account;
  readonly group: string;
  /** Their name and address. */
  readonly personal: readonly string[];
  /** What nobody but they had. */
  readonly own: readonly string[];
  /** What they said to others. */
  readonly said: readonly string[];
}

async function upload(who: Account, name: string, bytes: string): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type: "text/plain" }), name);
  const headers = { authorization: `Bearer ${who.token}` };
  const answer = await fetch(`${system.url}/upload/single`, { method: "POST", headers, body: form });
  return ((await answer.json()) as { data: { url: string } }).data.url;
}

/** Somebody who uses all there is, with words in it that stand nowhere else. */
async function life(mark: string): Promise<Life> {
  const bob = await register(system.url, "Bob");
  const eve = await register(system.url, "Eve");
  await sql(`SELECT setval('users_user_id_seq', ${(next += 1000)})`);
  const email = `${mark}mail@example.org`;
  const { code = "" } = await call(system.broker, "users.invite", { uses: 2, expiresInDays: 7 }, asAdmin);
  await sql(`UPDATE invitations SET email = '${email}', email_key = '${email}' WHERE email IS NULL RETURNING 1`);
  const body = { username: `${mark}name`, email, password: "correct horse battery", invite: code };
  const made = await request(system.url, "POST", "/auth/register", {
    body,
    headers: { "user-agent": `${mark}agent` },
  });
  const { user, accessToken, refreshToken } = made.body.data;
  const zoe: Account = { ...body, id: user.user_id, token: accessToken, refreshToken };
  await sql(
    `INSERT INTO identities (issuer, subject, user_id) VALUES ('https://id', '${mark}subject', ${zoe.id}) RETURNING 1`,
  );
  await sql(
    `UPDATE users SET custom = '{"nick":"${mark}nick"}', external_id = '${mark}external' WHERE user_id = ${zoe.id} RETURNING 1`,
  );
  await ask(zoe, "POST", "/auth/tokens", { name: `${mark}token`, scopes: ["chat:read"] });
  await ask(zoe, "POST", "/users/me/bots", { username: `${mark}bot` });

  // A group of theirs: those who are added hear of it under their name.
  const { _id: group } = await ask(bob, "POST", "/conversations", {
    type: "group",
    name: "Town",
    participantIds: [zoe.id],
  });
  await ask(bob, "PATCH", `/conversations/${group}/members/${zoe.id}`, { custom: { nick: `${mark}called` } });
  const room = `/conversations/${group}/messages`;
  const said = await ask(bob, "POST", room, { content: "what bob said" });
  const poll = await ask(bob, "POST", room, { poll: { question: "Tea?", options: ["yes", "no"] } });
  await ask(zoe, "POST", "/conversations", { type: "group", name: "Theirs", participantIds: [bob.id, eve.id] });

  const sent = await ask(zoe, "POST", room, { content: `${mark}said`, custom: { of: `${mark}custom` } });
  await ask(zoe, "PATCH", `/messages/${sent._id}`, { content: `${mark}edited` });
  const url = await upload(zoe, `${mark}file.txt`, `${mark}bytes`);
  await ask(zoe, "POST", room, { content: `${mark}second`, attachments: [url] });
  await ask(zoe, "POST", room, { poll: { question: `${mark}poll`, options: [`${mark}option`, "no"] } });
  await ask(bob, "POST", room, { content: "an answer", replyTo: sent._id });
  const { _id: pair } = await ask(zoe, "POST", "/conversations", {
    type: "private",
    participantIds: [eve.id],
    message: { content: `${mark}hello` },
  }).catch(() => ask(zoe, "POST", "/conversations", { type: "private", participantIds: [eve.id] }));
  await ask(zoe, "POST", `/conversations/${pair}/messages`, { content: `${mark}private` });

  await ask(zoe, "POST", `/messages/${said._id}/reactions`, { emoji: "👍" });
  await ask(zoe, "PUT", `/messages/${poll._id}/vote`, { options: [0] });
  await ask(zoe, "PUT", `/messages/${said._id}/save`);
  await ask(zoe, "PUT", `/messages/${said._id}/thread/follow`, { following: true });
  await ask(zoe, "PUT", `/conversations/${group}/draft`, { content: `${mark}draft` });
  const at = new Date(Date.now() + 3_600_000).toISOString();
  await ask(zoe, "POST", `/conversations/${group}/scheduled`, { content: `${mark}scheduled`, at });
  await ask(zoe, "POST", "/reminders", { text: `${mark}reminder`, at });
  await ask(zoe, "POST", "/reminders", { text: `${mark}due`, at: new Date(Date.now() + 1_500).toISOString() });
  await ask(zoe, "PUT", "/notifications/preferences", {
    dnd: { from: "22:00", to: "07:00", timezone: "Asia/Bangkok" },
  });
  const device = { endpoint: `http://127.0.0.1:1/${mark}device`, keys: pushKeys };
  await ask(zoe, "POST", "/notifications/push/subscriptions", device);
  await ask(bob, "POST", "/notifications/push/subscriptions", {
    ...device,
    endpoint: `http://127.0.0.1:1/of-bob-${next}`,
  });
  await call(system.broker, "users.warn", { id: zoe.id, told: "Be kind." }, asAdmin);
  await ask(zoe, "POST", "/reports", { kind: "message", id: said._id, reason: "spam", text: `${mark}reported` });
  const phone = await Client.connect(system.url, zoe.token);
  await phone.settled();
  phone.close();
  await phone.disconnected();

  await eventually(async () => {
    const titles = JSON.stringify((await places()).get("notifications.notifications"));
    for (const title of [`${mark}name added you to Theirs`, `${mark}name in Town`, `${mark}due`])
      expect(titles).toContain(title);
  });
  const words = (...names: string[]): string[] => names.map((name) => `${mark}${name}`);
  return {
    ...{ zoe, bob, group },
    personal: words("name", "mail", "agent", "subject", "nick", "external", "token", "bot", "called"),
    own: words("draft", "scheduled", "reminder", "due", "device"),
    said: words("said", "edited", "custom", "file", "bytes", "second", "poll", "option", "private"),
  };
}
const proofOf = async (id: number) => (await call(system.broker, "users.erasures", { limit: 1, of: id }, asAdmin))[0];

test("of an account that goes with its words nothing is left but an id, where a reason stands for it", async () => {
  const { zoe, bob, group, personal, own, said } = await life("zqa");
  const before = await whereWords([...personal, ...own, ...said]);
  // What is planted is there, or nothing is shown by its not being there later.
  for (const word of [...personal, ...own, ...said]) expect(before.join("\n")).toContain(word);
  expect(
    [...(await whereId(zoe.id))].filter((path) => /reactions|votes|devices|preferences|later/.test(path)),
  ).not.toEqual([]);

  await ask(zoe, "DELETE", `/users/${zoe.id}`, { erase: true });
  await eventually(async () => expect(await proofOf(zoe.id)).toMatchObject({ state: "done", words: true }));
  expect((await proofOf(zoe.id))?.found?.counts).toMatchObject({ reactions: 1, votes: 1, own: 1, preferences: 1 });
  await eventually(async () => expect(await leftOf([...personal, ...own, ...said])).toEqual([]));
  await eventually(async () => expect([...(await whereId(zoe.id))].filter((path) => !mayStay(path))).toEqual([]));
  const messages = await ask(bob, "GET", `/conversations/${group}/messages`);
  expect(messages.find((m: any) => m.content === "what bob said")).toMatchObject({ reactions: {} });
  expect(messages.find((m: any) => m.poll?.question === "Tea?")?.poll.options[0]).toMatchObject({ votes: 0 });
});

test("of an account whose words stay the name is nowhere, nor what nobody but they had", async () => {
  const { zoe, bob, group, personal, own, said } = await life("zqb");
  await ask(zoe, "DELETE", `/users/${zoe.id}`);
  await eventually(async () => expect(await proofOf(zoe.id)).toMatchObject({ state: "done", words: false }));
  await eventually(async () => expect(await whereWords([...personal, ...own])).toEqual([]));
  const left = (await whereWords(said)).join("\n");
  for (const word of said.filter((one) => one !== "zqbsaid")) expect(left).toContain(word);
  const messages = await ask(bob, "GET", `/conversations/${group}/messages`);
  expect(messages.find((m: any) => m.content === "what bob said")?.reactions).toEqual({ "👍": [zoe.id] });
});
