/** What conversations put into the log of facts: every kind of change, in the conversation's own order, without words. */
import { type FactKind } from "../../contracts/facts";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";
import { chatOf } from "../../services/chat/chat";
import { operator } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { call } from "../../platform/bus";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());
beforeEach(() => (chat.answering = () => undefined));

const stores = () => chatOf(chat.broker.getLocalService("chat")).stores;
const of = (conversationId: string) => chat.happened.filter(({ data }) => data.conversationId === conversationId);
const typesOf = (conversationId: string): FactKind[] => of(conversationId).map(({ type }) => type);
const quiet = (conversationId: string) =>
  eventually(async () => {
    const doc = await stores().conversations.findOne({ _id: conversationId });
    expect(doc).toMatchObject({ outbox: false });
    expect(doc?.news ?? []).toEqual([]);
  });

it("tells of everything that is done in a group, once, in its order, and keeps no word of it", async () => {
  const { _id } = await chat.group(1, 2, 3);
  const conversationId = _id;
  const [admin, member] = [chat.as(1), chat.as(2)];
  const said = await chat.send(2, _id, "secret words");
  await member("chat.edit", { messageId: said._id, content: "other secret words" });
  await admin("chat.react", { messageId: said._id, emoji: "👍" });
  await admin("chat.unreact", { messageId: said._id, emoji: "👍" });
  await admin("chat.pinMessage", { messageId: said._id });
  await admin("chat.markRead", { conversationId });
  await admin("chat.promote", { conversationId, userId: 2 });
  await admin("chat.update", { conversationId, name: "secret name", custom: { a: 1 } });
  await admin("chat.updateMember", { conversationId, userId: 3, custom: { b: 1 } });
  await member("chat.deleteMessage", { messageId: said._id });
  await admin("chat.removeMember", { conversationId, userId: 3 });
  await admin("chat.addMember", { conversationId, userId: 4 });
  await admin("chat.transfer", { conversationId, userId: 2 });
  await member("chat.delete", { conversationId });
  await eventually(() => expect(typesOf(_id).at(-1)).toBe("conversation.deleted"));
  const types = typesOf(_id).filter((type) => type !== "group_invite.created");
  expect(types).toEqual([
    ...["conversation.created", "message.created", "message.updated", "message.reacted", "message.reacted"],
    ...["message.pinned", "message.read", "member.role", "conversation.updated", "member.updated", "message.deleted"],
    ...["member.removed", "member.added", "member.role", "member.role", "conversation.deleted"],
  ]);
  const invites = of(_id).filter(({ type }) => type === "group_invite.created");
  expect(invites.map(({ data }) => data.userId)).toEqual([2, 3, 4]);
  expect(JSON.stringify(of(_id))).not.toMatch(/secret|words/);
  const fields = of(_id).find(({ type }) => type === "conversation.updated")?.data.fields;
  expect(fields).toEqual(["name", "custom"]);
  await eventually(async () => expect(await stores().conversations.count({ outbox: true })).toBe(0));
});

it("tells that the staff has closed a conversation and opened it again, once each", async () => {
  const { _id } = await chat.group(1, 2);
  const moderator = { caller: { userId: 9, sessionId: "s", roles: ["user", "moderator"] as const } };
  for (const locked of [true, true, false])
    await call(chat.broker, "chat.lock", { conversationId: _id, locked }, { meta: moderator });
  await call(chat.broker, "chat.lock", { conversationId: _id, locked: true }, { meta: { caller: operator } });
  await quiet(_id);
  const locks = of(_id).filter(({ type }) => type === "moderation.locked");
  expect(locks.map(({ data }) => [data.locked, data.actorId])).toEqual([
    [true, 9],
    [false, 9],
    [true, 0],
  ]);
});

it("tells of a request and its answer; refusals and things done twice are none", async () => {
  const { _id } = await chat.as(11)("chat.create", { participantIds: [12] });
  await expect(chat.as(11)("chat.accept", { conversationId: _id })).rejects.toMatchObject({ type: "FORBIDDEN" });
  await chat.as(12)("chat.accept", { conversationId: _id });
  const said = await chat.send(11, _id, "hello");
  await chat.as(12)("chat.react", { messageId: said._id, emoji: "👍" });
  await chat.as(12)("chat.react", { messageId: said._id, emoji: "👍" });
  await chat.as(12)("chat.markRead", { conversationId: _id });
  await chat.as(12)("chat.markRead", { conversationId: _id });
  await quiet(_id);
  expect(typesOf(_id)).toEqual([
    ...["conversation.created", "conversation.updated", "message.created", "message.reacted", "message.read"],
  ]);
});

it("keeps what the log could not take, and tells it when it can, each once and in order", async () => {
  const { _id } = await chat.group(1, 2);
  await quiet(_id);
  const before = of(_id).length;
  chat.answering = (action) => {
    if (action === "notifications.record") throw fail("UNAVAILABLE", "down");
  };
  const sent = [];
  for (let n = 0; n < 5; n++) {
    const said = await chat.send(1, _id, `m${n}`);
    await chat.as(2)("chat.react", { messageId: said._id, emoji: "👍" });
    await chat.as(2)("chat.markRead", { conversationId: _id });
    sent.push(said._id);
  }
  const waiting = await stores().conversations.findOne({ _id });
  expect(waiting?.news?.map(({ type }) => type).filter((type) => type === "message.read")).toHaveLength(1); // the last says it all
  chat.answering = () => undefined;
  await quiet(_id);
  const told = of(_id).slice(before);
  const messages = told.filter(({ type }) => type !== "message.read");
  expect(messages.map(({ type, data }) => `${type} ${String(data.messageId)}`)).toEqual(
    sent.flatMap((id) => [`message.created ${id}`, `message.reacted ${id}`]),
  );
  expect(told.filter(({ type }) => type === "message.read").at(-1)?.data.seq).toBe(waiting?.last_seq);
});

it("what a dead process has stored and not told is told by the next one", async () => {
  const { _id } = await chat.group(1, 2);
  const said = await chat.send(1, _id, "m");
  await quiet(_id);
  const before = of(_id).length;
  const news_n = (await stores().conversations.findOne({ _id }))?.news_n ?? 0;
  const data = { messageId: said._id, seq: said.seq, actorId: 2, emoji: "👍", added: true };
  const news = [{ n: news_n + 1, pos: said.seq + 2 ** -20, at: new Date(), type: "message.reacted" as const, data }];
  await stores().conversations.updateOne({ _id }, { $set: { news, news_n: news_n + 1, outbox: true } });
  await chatOf(chat.broker.getLocalService("chat")).outbox.sweep();
  await quiet(_id);
  expect(of(_id).slice(before)).toMatchObject([{ type: "message.reacted", data }]);
});

it("of a conversation that ends while the log is away the end is told later", async () => {
  const { _id } = await chat.group(1, 2);
  await quiet(_id);
  chat.answering = (action) => {
    if (action === "notifications.record") throw fail("UNAVAILABLE", "down");
  };
  await chat.as(1)("chat.delete", { conversationId: _id });
  expect(typesOf(_id)).not.toContain("conversation.deleted");
  expect(await stores().messages.count({ conversation_id: _id })).toBe(0); // its words wait for nothing
  chat.answering = () => undefined;
  await eventually(async () => {
    await chatOf(chat.broker.getLocalService("chat")).outbox.sweep();
    expect(typesOf(_id).at(-1)).toBe("conversation.deleted");
  });
  await eventually(async () => expect((await stores().conversations.findOne({ _id }))?.outbox).toBe(false));
});

it("keeps nothing where no log is kept", async () => {
  const without = await startChat({ FACTS: "off" });
  const { _id } = await without.group(1, 2);
  await without.send(1, _id, "m");
  await without.as(2)("chat.markRead", { conversationId: _id });
  const { stores: kept } = chatOf(without.broker.getLocalService("chat"));
  await eventually(async () => expect(await kept.conversations.count({ outbox: true })).toBe(0));
  expect(await kept.conversations.findOne({ _id })).not.toHaveProperty("news");
  expect(without.happened).toEqual([]);
  await without.stop();
});
