/** Incoming webhooks: made, used and revoked over both doors; who may, what is refused, and that a retry is one message. */
import { call } from "../../platform/bus";
import { operator } from "../../contracts/caller";
import { chatOf } from "../../services/chat/chat";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

let system: System;
let [ann, bob, mod, eve]: Account[] = [];
let group: string;
let listener: Client;

beforeAll(async () => {
  system = await startSystem();
  [ann, bob, mod, eve] = await Promise.all(["Ann", "Bob Ray", "Mod", "Eve"].map((name) => register(system.url, name)));
  const made = { type: "group", name: "Watch", participantIds: [bob!.id, mod!.id] };
  group = (await data(ann, "POST", "/conversations", made))._id;
  await data(ann, "POST", `/conversations/${group}/moderators`, { userId: mod!.id });
  listener = await Client.connect(system.url, bob!.token);
});
afterAll(async () => {
  listener.close();
  await system.stop();
});

const ask = async (who: Account | undefined, method: string, path: string, body?: object, headers?: object) =>
  request(system.url, method, path, {
    ...(who ? { token: who.token } : {}),
    ...(body ? { body } : {}),
    ...(headers ? { headers } : {}),
  } as never);
const data = async (...args: Parameters<typeof ask>): Promise<any> => {
  const { body } = await ask(...args);
  if (!body.ok) throw new Error(`${args[1]} ${args[2]}: ${JSON.stringify(body.error)}`);
  return body.data;
};
const code = async (...args: Parameters<typeof ask>): Promise<string> => {
  const { status, body } = await ask(...args);
  return `${status} ${body.error?.code ?? "ok"}`;
};
const make = (more: object = {}): Promise<any> =>
  data(ann, "POST", `/conversations/${group}/hooks`, { username: "Alarm", ...more });
const post = (hook: { path: string }, body: object, key?: string) =>
  ask(undefined, "POST", hook.path, body, key === undefined ? undefined : { "Idempotency-Key": key });
const message = async (messageId: string): Promise<any> => data(ann, "GET", `/messages/${messageId}`);

it("what another system posts is a message of its bot, which everybody hears and nobody must be signed in for", async () => {
  const hook = await make({ avatar_url: "https://example.org/alarm.png" });
  expect(hook).toMatchObject({ conversationId: group, username: "Alarm", created_by: ann!.id });
  expect(hook.avatar_url).toBe("https://example.org/alarm.png");
  const { status, body } = await post(hook, { text: "Disk on <https://db1.example.org|db1> is *full* &amp; slow" });
  expect(status).toBe(201);
  const told: any = await listener.next("message:created", (m: any) => m.sender_id === hook.userId);
  expect(told).toMatchObject({ _id: body.data.messageId, seq: body.data.seq });
  expect(told.content).toBe("Disk on db1 (https://db1.example.org) is *full* & slow");
  const people = await data(bob, "GET", `/conversations/${group}/members`);
  expect(people).toContainEqual(expect.objectContaining({ userId: hook.userId, username: "Alarm", role: "member" }));
});

it("takes our own format: custom data, a reply, who is mentioned", async () => {
  const hook = await make();
  const first = (await post(hook, { content: "one" })).body.data.messageId;
  const { body } = await post(hook, { content: "<@1> stays", custom: { job: 7 }, replyTo: first, mentions: [bob!.id] });
  expect(await message(body.data.messageId)).toMatchObject({
    ...{ content: "<@1> stays", custom: { job: 7 }, mentions: [bob!.id] },
    reply_to: { message_id: first },
  });
});

it("names members as Slack does, and gives away nobody else's name; everybody is called by who leads the group alone", async () => {
  const hook = await make();
  const { body } = await post(hook, { text: `<@${bob!.id}> <@${eve!.id}> <!channel>` });
  const said = await message(body.data.messageId);
  expect(said.content).toBe(`@Bob Ray @${eve!.id} @all`);
  expect(said.mentions).toEqual([bob!.id]);
  const calls = async (text: string): Promise<boolean> => {
    const { messageId } = (await post(hook, { text })).body.data;
    const { messages } = chatOf(system.broker.getLocalService("chat")).stores;
    return (await messages.findOne({ _id: messageId }))?.mention_all === true;
  };
  expect(await calls("<!channel> now")).toBe(false);
  await data(ann, "POST", `/conversations/${group}/moderators`, { userId: hook.userId });
  expect(await calls("<!channel> now")).toBe(true);
});

it("cuts what is longer than a message, so that no alarm is lost for its length; our own format says so", async () => {
  const hook = await make();
  const { body } = await post(hook, { text: "😀".repeat(5_000) });
  const { content } = await message(body.data.messageId);
  expect(content).toMatch(/^(😀)+…$/u);
  expect(content.length).toBeLessThanOrEqual(4_000);
  expect((await post(hook, { content: "x".repeat(5_000) })).status).toBe(413);
});

it("the same delivery is one message, also at once; its key in another one is refused", async () => {
  const hook = await make();
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(hook, { text: "once" }, "delivery-1")));
  expect(new Set(answers.map(({ body }) => body.data?.messageId)).size).toBe(1);
  expect((await post(hook, { text: "once" }, "delivery-1")).body.data.messageId).toBe(answers[0]!.body.data.messageId);
  expect((await post(hook, { text: "other" }, "delivery-1")).status).toBe(409);
  const twice = [await post(hook, { text: "no key" }), await post(hook, { text: "no key" })];
  expect(new Set(twice.map(({ body }) => body.data.messageId)).size).toBe(2);
  const other = await make();
  expect((await post(other, { text: "once" }, "delivery-1")).body.data.messageId).not.toBe(
    answers[0]!.body.data.messageId,
  );
});

it("is made, listed and revoked by the staff of the group alone, and its secret is told once", async () => {
  const path = `/conversations/${group}/hooks`;
  for (const who of [bob!, eve!]) {
    expect(await code(who, "GET", path)).toBe("403 FORBIDDEN");
    expect(await code(who, "POST", path, { username: "Mine" })).toBe("403 FORBIDDEN");
  }
  expect(await code(undefined, "GET", path)).toBe("401 AUTH_INVALID");
  expect(await data(bob, "GET", "/users/me/bots")).toEqual([]); // a refusal leaves nobody behind
  const hook = await data(mod, "POST", path, { username: "By the moderator" });
  const listed = (await data(mod, "GET", path)).find((one: any) => one._id === hook._id);
  expect(listed).toMatchObject({ username: "By the moderator", userId: hook.userId });
  expect(JSON.stringify(await data(ann, "GET", path))).not.toMatch(/"path"|digest|secret/);
  const secret = hook.path.split("/").at(-1);
  const { hooks } = chatOf(system.broker.getLocalService("chat")).stores;
  expect(JSON.stringify(await hooks.find({}))).not.toContain(secret);
  expect(await code(bob, "DELETE", `${path}/${hook._id}`)).toBe("403 FORBIDDEN");
  expect(await code(ann, "DELETE", `${path}/${hook._id}`)).toBe("200 ok");
  expect(await code(ann, "DELETE", `${path}/${hook._id}`)).toBe("404 NOTFOUND");
  expect((await post(hook, { text: "x" })).status).toBe(404);
  const { participants } = await data(ann, "GET", `/conversations/${group}`);
  expect(participants).not.toContain(hook.userId);
  expect((await data(mod, "GET", "/users/me/bots")).map((b: any) => b.username)).toContain("By the moderator"); // its words keep their name
});

const nowhere: [string, (path: string) => string][] = [
  ["a wrong secret", (path) => `${path}x`],
  ["the secret of another one", (path) => path.replace(/\/[^/]+$/, "/AAAA")],
  ["a webhook that is none", (path) => path.replace(/hooks\/[0-9a-f]{24}/, `hooks/${"0".repeat(24)}`)],
];
it.each(nowhere)("%s is 404, and says no more", async (_what, change) => {
  const hook = await make();
  const { status, body } = await post({ path: change(hook.path) }, { text: "x" });
  expect([status, body.error.code]).toEqual([404, "NOTFOUND"]);
});

const empty: [string, object][] = [
  ["nothing", {}],
  ["blank text", { text: " \n " }],
  ["blocks that say nothing", { blocks: [{ type: "section" }] }],
  ["text that is none", { text: 7 }],
  ["blocks that are no list", { blocks: { type: "section" } }],
];
it.each(empty)("%s is 400", async (_what, body) => {
  expect((await post(await make(), body)).body.error?.code).toBe("BAD_REQUEST");
});

it("a bot that is muted, removed or erased speaks no more, and a group that is locked or ended hears none", async () => {
  const [muted, removed, erased] = [await make(), await make(), await make()];
  const asOperator = { meta: { caller: operator } };
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await call(system.broker, "users.mute", { id: muted.userId, until }, asOperator);
  expect((await post(muted, { text: "x" })).status).toBe(403);
  await data(ann, "DELETE", `/conversations/${group}/members/${removed.userId}`);
  expect((await post(removed, { text: "x" })).status).toBe(404);
  await data(ann, "DELETE", `/users/${erased.userId}`);
  expect((await post(erased, { text: "x" })).status).toBe(404);
  const { _id } = await data(ann, "POST", "/conversations", {
    type: "group",
    name: "Short",
    participantIds: [bob!.id],
  });
  const hook = await data(ann, "POST", `/conversations/${_id}/hooks`, { username: "Here" });
  await call(system.broker, "chat.lock", { conversationId: _id, locked: true }, asOperator);
  expect((await post(hook, { text: "x" })).status).toBe(403);
  await data(ann, "DELETE", `/conversations/${_id}`);
  expect((await post(hook, { text: "x" })).status).toBe(404);
  const { hooks } = chatOf(system.broker.getLocalService("chat")).stores;
  await eventually(async () => expect(await hooks.count({ conversation_id: _id })).toBe(0));
});

it("a flood is refused by its name and says when to come again; another webhook goes on", async () => {
  const [flood, other] = [await make(), await make()];
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => post(flood, { text: `n ${n}` })));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(30);
  expect(refused[0]?.body.error).toMatchObject({ code: "RATE_LIMITED", details: { retryAfterMs: expect.any(Number) } });
  expect((await post(other, { text: "calm" })).status).toBe(201);
});

it("is for groups, and not for API tokens", async () => {
  const { _id } = await data(ann, "POST", "/conversations", { participantIds: [eve!.id] });
  expect(await code(ann, "POST", `/conversations/${_id}/hooks`, { username: "Two" })).toMatch(/^40[03] /);
  const scopes = ["chat:write", "chat:read"];
  const { token } = await data(ann, "POST", "/auth/tokens", { name: "s", scopes, password: ann!.password });
  const bots = (await data(ann, "GET", "/users/me/bots")).length;
  expect(await code({ ...ann!, token }, "POST", `/conversations/${group}/hooks`, { username: "No" })).toBe(
    "403 FORBIDDEN",
  );
  expect(await data(ann, "GET", "/users/me/bots")).toHaveLength(bots);
});
