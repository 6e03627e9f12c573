/** Reading up to what was seen, hiding, and what notifications hear of it. */
import { type Payload } from "../../contracts/events";
import { type ChatSystem, startChat } from "../support/chat";
import { until } from "../support/facts";

type Attended = Payload<"conversation.attended">;

describe("what members do with a conversation", () => {
  let chat: ChatSystem;
  const attended: Attended[] = [];
  beforeAll(async () => {
    chat = await startChat();
    chat.broker.createService({
      name: "attendance",
      events: { "conversation.attended": (ctx: { params: Attended }) => void attended.push(ctx.params) },
    });
    await chat.broker.waitForServices("attendance");
  });
  afterAll(() => chat.stop());
  beforeEach(() => {
    attended.length = 0;
    chat.emitted.length = 0;
  });

  const unread = async (userId: number, conversationId: string): Promise<number[]> => {
    const as = chat.as(userId);
    const { byConversation, count } = await as("chat.unread", {});
    const all = await as("chat.list", { limit: 100, skip: 0 });
    const { unreadCount } = await as("chat.get", { conversationId });
    expect(count).toBe(all.reduce((sum, c) => sum + c.unreadCount, 0));
    expect(all.find((c) => c._id === conversationId)?.unreadCount ?? 0).toBe(unreadCount);
    return [byConversation[conversationId] ?? 0, unreadCount];
  };
  const heard = async (): Promise<Attended> => {
    await until(() => attended.length > 0);
    return attended.at(-1)!;
  };

  describe("mark-read up to a seq", () => {
    it("reads what was seen and leaves the rest", async () => {
      const { _id: conversationId } = await chat.group(1, 2, 3);
      for (let n = 1; n <= 5; n++) await chat.send(n === 2 ? 2 : 1, conversationId, `m${n}`);
      expect(await chat.as(2)("chat.markRead", { conversationId, seq: 3 })).toEqual({ count: 2 });
      expect(await unread(2, conversationId)).toEqual([2, 2]);
      expect(chat.heard(3, "conversation:read")).toMatchObject([{ userId: 2, seq: 3 }]);
      expect((await heard()).read).toEqual([{ userId: 2, seq: 3, runs: [] }]);
      expect(await chat.as(2)("chat.markRead", { conversationId, seq: 2 })).toEqual({ count: 0 });
      expect(await chat.as(2)("chat.markRead", { conversationId, seq: 99 })).toEqual({ count: 2 });
      expect(await unread(2, conversationId)).toEqual([0, 0]);
    });

    it("counts right far from what is in memory, around deleted, own and single read messages", async () => {
      const { _id: conversationId } = await chat.group(1, 2, 3);
      const sent = [];
      for (let n = 1; n <= 400; n++) sent.push(await chat.send(n % 10 === 0 ? 2 : 1, conversationId, `m${n}`));
      await chat.as(1)("chat.deleteMessage", { messageId: sent[0]!._id });
      await chat.as(2)("chat.read", { messageId: sent[1]!._id });
      await chat.as(2)("chat.read", { messageId: sent[200]!._id });
      for (const seq of [50, 120, 350]) {
        const { count } = await chat.as(2)("chat.markRead", { conversationId, seq });
        const left = sent.filter((m, i) => i > 0 && m.seq > seq && m.sender_id !== 2 && m.seq !== 2 && m.seq !== 201);
        expect(count).toBeGreaterThan(0);
        expect(await unread(2, conversationId)).toEqual([left.length, left.length]);
      }
    });

    it("does not go back, nor beyond the end", async () => {
      const { _id: conversationId } = await chat.group(1, 2);
      await chat.send(1, conversationId, "a");
      await chat.as(2)("chat.markRead", { conversationId, seq: 1_000_000 });
      await chat.send(1, conversationId, "b");
      expect(await unread(2, conversationId)).toEqual([1, 1]);
      await expect(chat.as(2)("chat.markRead", { conversationId, seq: -1 })).rejects.toMatchObject({ code: 422 });
    });
  });

  describe("what is unread counts the same everywhere", () => {
    it("of a hidden conversation nothing, until something new comes", async () => {
      const { _id: conversationId } = await chat.group(1, 2);
      await chat.send(1, conversationId, "a");
      await chat.send(1, conversationId, "b");
      await chat.as(2)("chat.hide", { conversationId, hidden: true });
      expect((await heard()).read).toEqual([{ userId: 2, seq: 2, runs: [] }]);
      expect(await unread(2, conversationId)).toEqual([0, 0]);
      chat.emitted.length = 0;
      await chat.send(1, conversationId, "c");
      expect(chat.heard(2, "conversation:updated")).toEqual([
        { conversationId, actorId: 1, changes: { hidden: false, unreadCount: 3 } },
      ]);
      expect(chat.heard(1, "conversation:updated")).toEqual([]);
      expect(await unread(2, conversationId)).toEqual([3, 3]);
      chat.emitted.length = 0;
      await chat.send(1, conversationId, "d");
      expect(chat.heard(2, "conversation:updated")).toEqual([]);
    });

    it("of a request that waits nothing, and nothing is pushed when a hidden one is written to", async () => {
      const { _id: conversationId } = await chat.as(101)("chat.create", { participantIds: [102], content: "hello" });
      expect(await unread(102, conversationId)).toEqual([0, 0]);
      await chat.as(102)("chat.hide", { conversationId, hidden: true });
      chat.emitted.length = 0;
      await chat.send(101, conversationId, "are you there?");
      expect(chat.emitted.filter((e) => e.users.includes(102))).toEqual([]);
      await chat.as(102)("chat.accept", { conversationId });
      expect(await unread(102, conversationId)).toEqual([2, 2]);
    });
  });

  it("who leaves, is removed, clears, deletes for themselves or ends it is told to notifications", async () => {
    const { _id: conversationId } = await chat.group(1, 2, 3, 4);
    const message = await chat.send(1, conversationId, "a");
    const next = async (): Promise<Attended> => {
      const news = await heard();
      attended.length = 0;
      return news;
    };
    await chat.as(2)("chat.deleteMessage", { messageId: message._id, forMe: true });
    expect((await next()).dropped).toEqual([{ userId: 2, messageId: message._id }]);
    await chat.as(2)("chat.clear", { conversationId });
    expect((await next()).gone).toEqual([{ userId: 2, seq: 1 }]);
    await chat.as(3)("chat.removeMember", { conversationId, userId: 3 });
    expect((await next()).gone).toEqual([{ userId: 3, seq: 1 }]);
    await chat.as(1)("chat.removeMember", { conversationId, userId: 4 });
    expect((await next()).gone).toEqual([{ userId: 4, seq: 2 }]);
    await chat.as(2)("chat.read", { messageId: (await chat.send(1, conversationId, "b"))._id });
    expect((await next()).read).toEqual([{ userId: 2, seq: 4, runs: [{ from: 4, to: 4 }] }]);
    await chat.as(1)("chat.delete", { conversationId });
    expect(await next()).toMatchObject({ ended: true, read: [], gone: [] });
  });
});
