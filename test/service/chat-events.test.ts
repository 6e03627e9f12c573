/** Ephemeral events: to the members who are there, kept by nobody, bounded. */
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

let next = 0;
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 290) + 1));
const say = (user: number, conversationId: string, more: object = {}) =>
  chat.as(user)("chat.sendEvent", { conversationId, name: "cursor", data: { x: 1 }, ...more });
const heardBy = (users: number[]) => users.filter((u) => chat.heard(u, "event").length > 0);

describe("an event", () => {
  beforeEach(() => (chat.emitted.length = 0));

  it("reaches the other members, once, and is nowhere afterwards", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const { _id } = await chat.group(a, b, c);
    const { cursors } = await chat.as(b)("chat.sync", {});
    expect(await say(a, _id)).toEqual({});
    expect(chat.heard(b, "event")).toEqual([{ conversationId: _id, userId: a, name: "cursor", data: { x: 1 } }]);
    expect(heardBy([a, b, c])).toEqual([b, c]);
    expect((await chat.as(b)("chat.sync", { cursors })).changes).toEqual([]);
    expect(await chat.as(b)("chat.messages", { conversationId: _id, limit: 10 })).toEqual([]);
  });

  it("reaches only those whom it names, oneself among them, and no stranger", async () => {
    const [a = 0, b = 0, c = 0, d = 0] = people(4);
    const { _id } = await chat.group(a, b, c);
    await say(a, _id, { to: [a, c] });
    expect(heardBy([a, b, c, d])).toEqual([a, c]);
    await expect(say(a, _id, { to: [b, d] })).rejects.toMatchObject({ type: "NOTFOUND" });
    expect(heardBy([b, d])).toEqual([]);
  });

  it("may be of no data, and in a large group reaches those in the room", async () => {
    const users = people(60);
    const { _id } = await chat.group(...users);
    await chat.as(users[0] ?? 0)("chat.sendEvent", { conversationId: _id, name: "ping" });
    expect(chat.emitted.filter((e) => e.event === "event").map((e) => [e.room, e.payload.data])).toEqual([
      [true, null],
    ]);
  });
});

describe("an event does not reach", () => {
  beforeEach(() => (chat.emitted.length = 0));

  it("who has blocked its sender, named or not, and its sender does not learn it", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const { _id } = await chat.group(a, b, c);
    chat.blocks.add(`${b}>${a}`);
    await chat.broker.broadcast("users.blockChanged", { userId: b, blockedId: a, blocked: true });
    expect(await say(a, _id)).toEqual({});
    expect(await say(a, _id, { to: [b, c] })).toEqual({});
    expect(heardBy([a, b, c])).toEqual([c]);
  });

  it("who was asked and has not answered, and who has blocked in a pair", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const request = await chat.as(a)("chat.create", { participantIds: [b] });
    await say(a, request._id);
    await say(b, request._id, { to: [a] });
    const pair = await chat.pair(a, c);
    chat.blocks.add(`${c}>${a}`);
    await chat.broker.call("chat.applyBlock", { userId: c, blockedId: a });
    await say(a, pair._id, { to: [c] });
    expect(heardBy([a, b, c])).toEqual([]);
  });

  it("who was removed, nor comes from them", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const { _id: conversationId } = await chat.group(a, b, c);
    await chat.as(a)("chat.removeMember", { conversationId, userId: c });
    await say(a, conversationId);
    await expect(say(c, conversationId)).rejects.toMatchObject({ type: "FORBIDDEN" });
    expect(heardBy([b, c])).toEqual([b]);
  });
});

describe("an event is bounded", () => {
  it("in its size", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id } = await chat.group(a, b);
    await expect(say(a, _id, { data: "x".repeat(16_383) })).rejects.toMatchObject({ type: "TOO_LARGE" });
    await say(a, _id, { data: "x".repeat(16_382) });
    await expect(say(a, _id, { name: "a b" })).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
  });

  it("in its rate, by user and conversation, and nobody else's", async () => {
    const [a = 0, b = 0] = people(2);
    const [one, two] = [await chat.group(a, b), await chat.group(a, b)];
    const many = await Promise.allSettled(Array.from({ length: 100 }, () => say(a, one._id)));
    const refused = many.filter((m) => m.status === "rejected");
    expect(refused.length).toBeGreaterThan(20);
    expect(refused[0]?.reason).toMatchObject({ type: "RATE_LIMITED", data: { retryAfterMs: expect.any(Number) } });
    await say(b, one._id);
    await say(a, two._id);
  });
});
