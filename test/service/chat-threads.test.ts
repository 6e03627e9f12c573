/** The summary of a thread: of the replies that one may know. */
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

let next = 0;
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 290) + 1));
const summary = async (user: number, messageId: string) =>
  (await chat.as(user)("chat.threadSummaries", { messageIds: [messageId] }))[0];

it("counts the replies, names who replied last, and what is unread for whom", async () => {
  const [a = 0, b = 0, c = 0] = people(3);
  const { _id: conversationId } = await chat.group(a, b, c);
  const root = await chat.send(a, conversationId, "who comes?");
  expect(await summary(b, root._id)).toEqual({
    message_id: root._id,
    reply_count: 0,
    last_reply: null,
    repliers: [],
    unread: 0,
    following: false,
  });
  const first = await chat.send(b, conversationId, "I", { replyTo: root._id });
  const last = await chat.send(c, conversationId, "me too", { replyTo: root._id });
  const { _id: message_id, seq, created_at } = last;
  const told = { reply_count: 2, last_reply: { message_id, seq, sender_id: c, created_at }, repliers: [c, b] };
  expect(await summary(a, root._id)).toMatchObject({ ...told, unread: 2, following: true });
  expect(await summary(b, root._id)).toMatchObject({ ...told, unread: 1, following: true });
  await chat.as(a)("chat.read", { messageId: last._id });
  expect((await summary(a, root._id))?.unread).toBe(1);
  await chat.as(c)("chat.deleteMessage", { messageId: last._id });
  expect(await summary(a, root._id)).toMatchObject({
    reply_count: 1,
    last_reply: { message_id: first._id },
    repliers: [b],
    unread: 1,
  });
});

it("is followed as one says, whatever one has written there", async () => {
  const [a = 0, b = 0] = people(2);
  const { _id: conversationId } = await chat.group(a, b);
  const { _id: messageId } = await chat.send(a, conversationId, "x");
  expect(await chat.as(b)("chat.followThread", { messageId, following: true })).toEqual({ following: true });
  await chat.as(a)("chat.followThread", { messageId, following: false });
  expect((await summary(a, messageId))?.following).toBe(false);
  expect((await summary(b, messageId))?.following).toBe(true);
});

it("tells nothing of replies that one must not know, and nothing to outsiders", async () => {
  const [a = 0, b = 0, c = 0] = people(3);
  const { _id: conversationId } = await chat.pair(a, b);
  const root = await chat.send(a, conversationId, "x");
  await chat.send(b, conversationId, "known", { replyTo: root._id });
  chat.blocks.add(`${a}>${b}`);
  await chat.broker.call("chat.applyBlock", { userId: a, blockedId: b });
  await chat.send(b, conversationId, "unheard", { replyTo: root._id });
  expect(await summary(a, root._id)).toMatchObject({ reply_count: 1, unread: 1 });
  expect(await summary(b, root._id)).toMatchObject({ reply_count: 2 });
  await expect(summary(c, root._id)).rejects.toMatchObject({ type: "FORBIDDEN" });
  await expect(summary(a, "0".repeat(24))).rejects.toMatchObject({ type: "NOTFOUND" });
  await chat.as(a)("chat.clear", { conversationId });
  await expect(summary(a, root._id)).rejects.toMatchObject({ type: "NOTFOUND" });
});
