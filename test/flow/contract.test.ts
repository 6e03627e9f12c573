/**
 * Every event of the contract, done and heard once through the whole system. The client holds each ack and each event to
 * asyncapi.yml; the last test tells what was left out, so that a new event can't be forgotten here.
 */
import { chatOf } from "../../services/chat/chat";
import { type Account, Client, register } from "../support/client";
import { noteDeviation, published, takeDeviations } from "../support/published";
import { startSystem, type System } from "../support/system";

let system: System;
let people: Account[];
let [ann, bob, cid]: Client[] = [];
let [annBell, bobBell]: Client[] = [];
let group: string;
const idOf = (who: number): number => (people[who] as Account).id;
const tokenOf = (who: number): string => (people[who] as Account).token;

beforeAll(async () => {
  system = await startSystem();
  people = [];
  for (const name of ["Ann", "Bob", "Cid", "Dan"]) people.push(await register(system.url, name));
  [ann, bob, cid] = await Promise.all([0, 1, 2].map((who) => Client.connect(system.url, tokenOf(who))));
  [annBell, bobBell] = await Promise.all(
    [0, 1].map((who) => Client.connect(system.url, tokenOf(who), { namespace: "/notifications" })),
  );
  const members = { participantIds: [idOf(1), idOf(2)], name: "crew", avatar: "https://example.org/a.png" };
  group = (await ann!.ok("conversation:create", { ...members, content: "welcome" }))._id;
  await Promise.all([ann, bob, cid].map((client) => client!.ok("conversation:join", { conversationId: group })));
});
afterAll(async () => {
  for (const client of [ann, bob, cid, annBell, bobBell]) client?.close();
  await system.stop();
});

test("conversations", async () => {
  const here = { conversationId: group };
  for (const event of ["conversation:get", "conversation:members"]) await bob!.ok(event, here);
  await bob!.ok("conversation:list", { limit: 10 });
  await ann!.ok("conversation:update", { ...here, name: "the crew", avatar: null });
  await bob!.next("conversation:updated");
  await ann!.ok("conversation:add-member", { ...here, userId: idOf(3) });
  await bob!.next("conversation:member-added");
  for (const event of ["promote-moderator", "demote-moderator", "transfer-admin"])
    await ann!.ok(`conversation:${event}`, { ...here, userId: idOf(1) });
  await bob!.ok("conversation:remove-member", { ...here, userId: idOf(3) });
  await ann!.next("conversation:member-removed");
  await bob!.ok("conversation:mute", { ...here, muted: true, muteUntil: "2040-01-01T00:00:00Z" });
  await bob!.ok("conversation:mute", { ...here, muted: false });
  for (const set of ["pin", "hide"]) {
    const field = set === "pin" ? "pinned" : "hidden";
    await bob!.ok(`conversation:${set}`, { ...here, [field]: true });
    await bob!.ok(`conversation:${set}`, { ...here, [field]: false });
  }
  await bob!.ok("conversation:transfer-admin", { ...here, userId: idOf(0) });
  const short = await ann!.ok("conversation:create", { participantIds: [idOf(1)], type: "group" });
  await ann!.ok("conversation:delete", { conversationId: short._id });
  await bob!.next("conversation:deleted");
});

test("open groups, links, data of the product, threads, ephemeral events", async () => {
  const dan = await Client.connect(system.url, tokenOf(3));
  const open = { participantIds: [idOf(1)], type: "group", visibility: "public", approval: true, name: "open house" };
  const { _id: conversationId } = await ann!.ok("conversation:create", open);
  expect((await dan.ok("conversation:discover", { query: "open" })).map((g: any) => g._id)).toEqual([conversationId]);
  expect((await dan.ok("conversation:enter", { conversationId })).status).toBe("requested");
  await ann!.next("conversation:join-requested");
  expect(await ann!.ok("conversation:join-requests", { conversationId })).toMatchObject([{ userId: idOf(3) }]);
  await ann!.ok("conversation:answer-request", { conversationId, userId: idOf(3), approved: true });
  await dan.next("conversation:join-answered");
  const { _id: linkId, link } = await ann!.ok("conversation:create-link", { conversationId, uses: 1 });
  expect(await ann!.ok("conversation:links", { conversationId })).toHaveLength(1);
  await cid!.ok("conversation:open-link", { link });
  expect((await cid!.ok("conversation:enter", { link })).status).toBe("member");
  await ann!.ok("conversation:revoke-link", { conversationId, linkId });
  const hook = await ann!.ok("conversation:create-hook", { conversationId, username: "Alarm" });
  expect(await ann!.ok("conversation:hooks", { conversationId })).toHaveLength(1);
  await ann!.ok("conversation:revoke-hook", { conversationId, hookId: hook._id });
  await bob!.ok("conversation:update-member", { conversationId, custom: { desk: 4 } });
  await ann!.next("conversation:member-updated");
  const { _id: messageId } = await ann!.ok("message:send", { conversationId, content: "who is here?" });
  await dan.ok("message:send", { conversationId, content: "I am", replyTo: messageId });
  const summaries = await ann!.ok("message:thread-summary", { messageIds: [messageId] });
  expect(summaries).toMatchObject([{ reply_count: 1 }]);
  await ann!.ok("message:follow", { messageId, following: false });
  await ann!.ok("event:send", { conversationId, name: "cursor", data: { x: 1 } });
  await dan.next("event");
  dan.close();
});

test("messages", async () => {
  const [first, second] = [
    await ann!.ok("message:send", { conversationId: group, content: "hello @Bob @all", clientId: "1" }),
    await ann!.ok("message:send", {
      conversationId: group,
      content: "一起去 https://example.org",
      mentions: [idOf(1)],
    }),
  ];
  const it = { messageId: first._id };
  await bob!.next("message:created", (m: any) => m._id === second._id);
  await bob!.ok("message:send", { conversationId: group, content: "yes", replyTo: first._id });
  await ann!.ok("message:edit", { ...it, content: "hello again" });
  await bob!.next("message:updated");
  await bob!.ok("message:react", { ...it, emoji: "👍" });
  await ann!.next("message:reaction");
  await ann!.ok("message:pin", it);
  const asked = { question: "when?", options: ["now", "later"] };
  const { _id: pollId } = await ann!.ok("message:send", { conversationId: group, poll: asked });
  await bob!.ok("poll:vote", { messageId: pollId, options: [1] });
  await ann!.next("message:updated", (m: any) => m.poll?.options[1].votes === 1);
  expect(await bob!.ok("poll:own", { messageId: pollId })).toEqual({ options: [1] });
  await ann!.ok("poll:close", { messageId: pollId });
  await ann!.ok("message:save", it);
  await ann!.next("message:saved");
  expect(await ann!.ok("message:saves", {})).toMatchObject([{ message: { _id: first._id } }]);
  await ann!.ok("message:unsave", it);
  await bob!.ok("message:forward", { ...it, conversationId: group });
  for (const event of ["message:delivered", "message:read"]) await bob!.ok(event, it);
  await ann!.next("message:status", (s: any) => s.status === "read");
  await bob!.ok("message:status:update", { messageId: second._id, status: "failed" });
  await cid!.ok("messages:mark-read", { messageIds: [first._id, second._id] });
  for (const event of ["message:status:get", "message:history", "message:thread"]) await ann!.ok(event, it);
  for (const event of ["message:list", "message:pins"]) await cid!.ok(event, { conversationId: group });
  expect((await cid!.ok("message:search", { query: "again" })).messages).toHaveLength(2);
  expect((await cid!.ok("message:search", { query: "一起" })).messages).toHaveLength(1);
  await cid!.ok("message:unread-count");
  await bob!.ok("conversation:mark-read", { conversationId: group });
  await ann!.next("conversation:read");
  await bob!.ok("message:unreact", { ...it, emoji: "👍" });
  await ann!.ok("message:unpin", it);
  await ann!.ok("message:delete", it);
  await bob!.next("message:deleted");
  await bob!.ok("message:delete", { messageId: second._id, forMe: true });
});

test("what is to happen at a time", async () => {
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const { later } = chatOf(system.broker.getLocalService("chat")).stores;
  const comes = (content: string) => later.updateOne({ content }, { $set: { due_at: new Date() } });
  const due = { conversationId: group, content: "in time", at: at(3_600_000) };
  const { _id: scheduledId } = await ann!.ok("message:schedule", due);
  await ann!.next("message:scheduled");
  expect(await ann!.ok("message:schedules", {})).toHaveLength(1);
  await ann!.ok("message:reschedule", { scheduledId, at: at(7_200_000) });
  await comes("in time");
  await ann!.next("message:unscheduled", (told: any) => told.messageId !== null);
  await bob!.next("message:created", (m: any) => m.content === "in time");
  const taken = await ann!.ok("message:schedule", due);
  await ann!.ok("message:unschedule", { scheduledId: taken._id });
  const { _id: reminderId } = await ann!.ok("reminder:create", { text: "never", at: at(3_600_000) });
  await ann!.next("reminder:created");
  expect(await ann!.ok("reminder:list", {})).toHaveLength(1);
  await ann!.ok("reminder:delete", { reminderId });
  await ann!.next("reminder:deleted");
  const rings = annBell!.next("notification:created", (n: any) => n.type === "reminder");
  await ann!.ok("reminder:create", { text: "tea", at: at(3_600_000) });
  await comes("tea");
  expect(await rings).toMatchObject({ title: "Reminder", content: "tea", is_read: false });
  const own = (await annBell!.ok("notification:list", { group: true })).filter((n: any) => n.type === "reminder");
  expect(own).toMatchObject([{ content: "tea", count: 1, unread: 1 }]);
  await annBell!.ok("notification:read", { notificationId: own[0]._id });
});

test("requests, blocks, presence", async () => {
  const dan = await Client.connect(system.url, tokenOf(3));
  const ask = async (who: number): Promise<string> =>
    (await dan.ok("conversation:create", { participantIds: [idOf(who)], content: "may I?" }))._id;
  const [toBob, toCid] = [await ask(1), await ask(2)];
  await bob!.next("conversation:created");
  await bob!.ok("conversation:list", { status: "pending" });
  await bob!.ok("conversation:accept", { conversationId: toBob });
  await dan.next("request:accepted");
  await cid!.ok("conversation:decline", { conversationId: toCid });
  await dan.next("request:declined");
  for (const event of ["user:block", "user:blocked", "user:unblock"]) await cid!.ok(event, { userId: idOf(3) });
  await bob!.ok("presence:get", { userIds: [idOf(3), idOf(0)] });
  dan.close();
  await bob!.next("presence", (p: any) => p.userId === idOf(3) && !p.online);
});

test("typing, catching up, and the socket itself", async () => {
  await bob!.ok("typing", { conversationId: group, isTyping: true });
  await ann!.next("typing");
  const start = await cid!.ok("sync", {});
  await ann!.ok("message:send", { conversationId: group, content: "while you were away" });
  await bob!.ok("conversation:mark-read", { conversationId: group });
  await bob!.ok("conversation:mute", { conversationId: group, muted: true });
  await ann!.ok("conversation:add-member", { conversationId: group, userId: idOf(3) });
  const dan = await Client.connect(system.url, tokenOf(3));
  const invited = dan.next("conversation:invited");
  await ann!.ok("conversation:remove-member", { conversationId: group, userId: idOf(3) });
  await ann!.ok("conversation:add-member", { conversationId: group, userId: idOf(3) });
  await invited;
  const since = new Date(Date.now() - 3_600_000).toISOString();
  for (const cursors of [{ cursors: start.cursors }, { since }])
    for (const who of [ann, bob, cid, dan]) expect((await who!.ok("sync", cursors)).changes).not.toEqual([]);
  dan.close();
  await cid!.ok("conversation:draft", { conversationId: group, content: "to be said" });
  await cid!.ok("conversation:clear", { conversationId: group });
  await cid!.ok("conversation:leave", { conversationId: group });
  await cid!.ok("auth:renew", { token: tokenOf(2) });
  cid!.socket.emit("conversation:get", { conversationId: "0".repeat(24) });
  expect(await cid!.next("error")).toMatchObject({ code: "NOTFOUND", event: "conversation:get" });
});

test("notifications", async () => {
  await bob!.ok("conversation:mute", { conversationId: group, muted: false });
  const made = bobBell!.next("notification:created", (n: any) => n.content === "for the bell");
  await ann!.ok("message:send", { conversationId: group, content: "for the bell" });
  const it = { notificationId: (await made)._id };
  expect((await bobBell!.ok("notification:list", { limit: 50 }))[0]._id).toBe(it.notificationId);
  await bobBell!.ok("notification:get", it);
  const told = ["read", "count", "deleted"].map((event) => bobBell!.next(`notification:${event}`));
  await bobBell!.ok("notification:read", it);
  await bobBell!.ok("notification:delete", it);
  await Promise.all(told);
  const changed = bobBell!.next("notification:updated", (n: any) => n.content === "said better");
  const loud = bobBell!.next("notification:created", (n: any) => n.content === "said badly");
  const words = await ann!.ok("message:send", { conversationId: group, content: "said badly" });
  await loud;
  await ann!.ok("message:edit", { messageId: words._id, content: "said better" });
  await changed;
  await bobBell!.ok("notification:read-all");
  await bobBell!.ok("notification:preferences");
  const set = { types: { message: false }, dnd: { from: "22:00", to: "07:00", timezone: "Europe/Paris" } };
  await bobBell!.ok("notification:preferences", { set: { ...set, conversations: { [group]: "mentions" } } });
  const message = await ann!.ok("message:send", { conversationId: group, content: "quiet" });
  await bobBell!.ok("notification:explain", { messageId: message._id });
  await bobBell!.ok("notification:ping", { action: "ping" });
  await bobBell!.next("pong");
  await bobBell!.ok("auth:renew", { token: tokenOf(1) });
  expect(bobBell!.heard.filter((h) => h.event === "pong")).toHaveLength(1);
  bobBell!.socket.emit("notification:get", { notificationId: "0".repeat(24) });
  await bobBell!.next("error");
});

test("what is refused is refused as it is published", async () => {
  const wrong = { conversationId: 7, content: {} };
  expect((await ann!.send("message:send", wrong)).error.details).toBeDefined();
  for (const [event, payload] of [
    ["message:send", { conversationId: "0".repeat(24), content: "x" }],
    ["message:edit", "no object"],
    ["no:such-event", {}],
    ["conversation:add-member", { conversationId: group, userId: idOf(1) }],
  ] as const)
    expect((await ann!.send(event, payload)).ok).toBe(false);
});

test("no event was left out", () => {
  const seen = published();
  for (const namespace of ["/chat", "/notifications"] as const) {
    const left = (["ack_", "server_"] as const).map((kind) => seen.unseen(namespace, kind));
    expect([namespace, ...left]).toEqual([namespace, [], []]);
  }
});

describe("the guard itself", () => {
  const message = async (): Promise<any> => (await ann!.ok("message:list", { conversationId: group, limit: 1 }))[0];

  test("tells an event that is not what is published: which, where, and what came", async () => {
    const told = await message();
    const tell = (event: string, payload: unknown): string | undefined => published().event("/chat", event, payload);
    expect(tell("message:created", told)).toBeUndefined();
    expect(tell("message:created", { ...told, seq: "7" })).toBe('/chat message:created: /seq must be integer, got "7"');
    expect(tell("message:created", { ...told, created_at: "now" })).toContain("/created_at must match format");
    expect(tell("message:created", { ...told, delivery_info: [{ user_id: 1 }] })).toContain("/delivery_info/0");
    expect(tell("message:created", { ...told, terms: ["x"] })).toContain('/terms is not published, got ["x"]');
    const { seq: _, ...without } = told;
    expect(tell("message:created", without)).toContain("required property 'seq'");
    expect(tell("message:invented", told)).toBe("/chat message:invented: no such event");
  });

  test("tells an ack that is not: of a success, of a failure, of an event that there is not", () => {
    const tell = (event: string, ack: any): string | undefined => published().ack("/chat", event, ack);
    const error = { code: "NOTFOUND", message: "There is no such conversation." };
    expect(tell("message:unread-count", { ok: true, data: { count: 0, byConversation: {} } })).toBeUndefined();
    expect(tell("message:unread-count", { ok: true, data: { count: -1, byConversation: {} } })).toContain(
      "/data/count",
    );
    expect(tell("message:unread-count", { ok: true })).toContain("'data'");
    expect(tell("message:unread-count", { ok: false, error })).toBeUndefined();
    expect(tell("message:unread-count", { ok: false, error: { ...error, code: "OOPS" } })).toContain("/error/code");
    expect(tell("message:unread-count", { ok: false, error: { ...error, stack: "at x" } })).toContain("/error/stack");
    expect(tell("no:such-event", { ok: true, data: {} })).toContain("ack");
    expect(tell("message:send", undefined)).toContain("must be object");
  });

  test("a wrong payload on a socket is noted, so that its test fails", async () => {
    await system.broker.call("api.deliver", {
      emissions: [
        { namespace: "/chat", event: "typing", body: '{"conversationId":"x"}', to: "users", users: [idOf(0)] },
      ],
    });
    await ann!.next("typing", (t: any) => t.conversationId === "x");
    const noted = takeDeviations();
    expect(noted.join()).toContain("/chat typing: ");
    noteDeviation(undefined);
    expect(takeDeviations()).toEqual([]);
  });
});
