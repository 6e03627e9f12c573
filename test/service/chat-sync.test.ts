import { type Result } from "../../contracts/actions";
import { type Message } from "../../contracts/shapes";
import { call } from "../../platform/bus";
import { chatOf } from "../../services/chat/chat";
import { State } from "../../services/chat/conversation/state";
import { type Question, Sync } from "../../services/chat/queries/sync";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

type Synced = Result<"chat.sync">;
const sync = (user: number, p: object): Promise<Synced> => chat.as(user)("chat.sync", p);

type Ask = (user: number, p: { cursors: Record<string, number>; limit: number }) => Promise<Synced>;

/** All pages from cursors on. */
async function all(user: number, cursors: Record<string, number>, limit = 100, ask: Ask = sync) {
  const changes: Synced["changes"] = [];
  for (;;) {
    const page = await ask(user, { cursors, limit });
    changes.push(...page.changes);
    cursors = page.cursors;
    if (!page.next) return changes;
  }
}

/** How often the store is read while this runs, but for what is looked for in the background. */
async function reads(run: () => Promise<unknown>): Promise<number> {
  const { conversations, members, messages } = chatOf(chat.broker.getLocalService("chat")).stores;
  const spies = [conversations, members, messages].flatMap((of) =>
    (["find", "findOne", "count", "search"] as const).map((name) => jest.spyOn(of, name)),
  );
  await run();
  const asked = spies.flatMap(({ mock }) => mock.calls as unknown as [filter: object][]);
  for (const spy of spies) spy.mockRestore();
  return asked.filter(([filter]) => !("outbox" in filter)).length;
}

/** But for how far one has read: over what is never unread only the actor's memory goes along at once. */
const alike = (told: Synced["changes"]): unknown =>
  JSON.parse(JSON.stringify(told), (key, value: unknown) => (key === "last_read_seq" ? undefined : value));

describe("sync", () => {
  test("hundreds that ask at once are all answered, each with their own", async () => {
    const group = await chat.group(1, 2, 3);
    await chat.send(1, group._id, "to all");
    const ask = (user: number, seq: number) => chat.as(user)("chat.sync", { cursors: { [group._id]: seq } });
    const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => ask(1 + (i % 3), i % 2)));
    for (const [i, { changes, next }] of answers.entries()) {
      expect(next).toBeNull();
      expect(changes.filter((c) => c.type === "message")).toHaveLength(i % 2 === 0 ? 1 : 0);
    }
  });

  it("without cursors starts from now, and then tells nothing", async () => {
    const { _id } = await chat.group(1, 2);
    await chat.send(1, _id, "before");
    const start = await sync(2, {});
    expect(start).toMatchObject({ changes: [], next: null, reset: false });
    expect(start.cursors[_id]).toBe(1);
    expect((await sync(2, { cursors: start.cursors })).changes).toEqual([]);
  });

  it("takes a message's seq as a cursor and tells what came and what changed after it", async () => {
    const { _id } = await chat.group(3, 4);
    const one = await chat.send(3, _id, "one");
    const two = await chat.send(3, _id, "two");
    await chat.send(3, _id, "three");
    await chat.as(3)("chat.edit", { messageId: one._id, content: "one, edited" });
    await chat.as(3)("chat.deleteMessage", { messageId: two._id });
    const changes = (await all(4, { [_id]: 2 })).filter((c) => c.type === "message");
    expect(changes.map((c) => [c.message?.seq, c.message?.content])).toEqual([
      [3, "three"],
      [1, "one, edited"],
      [2, ""],
    ]);
  });

  it("tells five thousand changes of many kinds in pages, none missed, none twice", async () => {
    const { _id } = await chat.group(5, 6);
    const start = await sync(6, {});
    const sent = [];
    for (let i = 0; i < 40; i++)
      sent.push(...(await Promise.all(Array.from({ length: 100 }, (_, n) => chat.send(5, _id, `m${i}-${n}`)))));
    const edited = sent.filter((_, i) => i % 5 === 0);
    await Promise.all(edited.map((m) => chat.as(5)("chat.edit", { messageId: m._id, content: "edited" })));
    const gone = sent.filter((_, i) => i % 20 === 0);
    await Promise.all(gone.map((m) => chat.as(5)("chat.deleteMessage", { messageId: m._id })));
    const changes = (await all(6, start.cursors, 300)).filter((c) => c.type === "message");
    const ids = changes.map((c) => c.message?._id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(sent.map((m) => m._id)));
    expect(changes.filter((c) => c.message?.content === "edited")).toHaveLength(edited.length - gone.length);
    expect(changes.filter((c) => c.message?.deleted_at)).toHaveLength(gone.length);
  });

  it("tells conversations gained and lost, members, receipts and own settings", async () => {
    const { _id: kept } = await chat.group(7, 8, 9);
    const { _id: lost } = await chat.group(7, 8);
    const start = await sync(8, {});
    await chat.as(7)("chat.removeMember", { conversationId: lost, userId: 8 });
    await chat.as(7)("chat.removeMember", { conversationId: kept, userId: 9 });
    await chat.as(7)("chat.update", { conversationId: kept, name: "renamed" });
    await chat.as(8)("chat.mute", { conversationId: kept, muted: true });
    const { _id: messageId } = await chat.send(8, kept, "seen?");
    await chat.as(7)("chat.read", { messageId });
    const { _id: gained } = await chat.group(10, 8);
    await chat.send(10, gained, "welcome");
    const changes = await all(8, start.cursors);
    const of = (type: string, id: string) => changes.filter((c) => c.type === type && c.conversationId === id);
    expect(of("left", lost)).toHaveLength(1);
    expect(of("conversation", kept)[0]?.conversation?.name).toBe("renamed");
    expect(of("member", kept).find((c) => c.userId === 9)?.member?.left_at).toEqual(expect.any(String));
    expect(of("settings", kept)[0]?.conversation?.muted).toBe(true);
    expect(of("receipt", kept).map((c) => c.userId)).toContain(7);
    expect(of("conversation", gained)).toHaveLength(1);
    expect(of("message", gained).map((c) => c.message?.content)).toEqual(["welcome"]);
  });

  it("tells the same from an actor's memory and from the store, from every position, whatever happened", async () => {
    const { _id } = await chat.group(20, 21, 22);
    const sent = [];
    for (let i = 0; i < 30; i++) sent.push(await chat.send(20 + (i % 3), _id, `m${i}`));
    const [one, two, three, four] = sent as [Message, Message, Message, Message];
    await chat.as(20)("chat.edit", { messageId: one._id, content: "edited" });
    await chat.as(21)("chat.deleteMessage", { messageId: two._id });
    await chat.as(22)("chat.deleteMessage", { messageId: three._id, forMe: true });
    await chat.as(22)("chat.readMany", { messageIds: [one._id, four._id] });
    await chat.as(21)("chat.react", { messageId: four._id, emoji: "👍" });
    await chat.as(20)("chat.update", { conversationId: _id, name: "renamed" });
    await chat.as(22)("chat.mute", { conversationId: _id, muted: true });
    await chat.as(20)("chat.addMember", { conversationId: _id, userId: 23 });
    const { stores } = chatOf(chat.broker.getLocalService("chat"));
    const asked: Question[] = [];
    const fromStore = new Sync(
      stores,
      (question) => (asked.push(question), Promise.reject(new Error("asleep"))),
      () => Promise.resolve(undefined),
    );
    const { pos } = (await stores.conversations.findOne({ _id }))!;
    for (const user of [20, 21, 22, 23])
      for (const cursor of [0, 1, 15, 29, 30, pos - 2 ** -20, pos])
        for (const limit of [500, 3]) {
          const told = await all(user, { [_id]: cursor }, limit);
          const stored = await all(user, { [_id]: cursor }, limit, (id, p) => fromStore.of(id, p));
          expect([user, cursor, limit, alike(told)]).toEqual([user, cursor, limit, alike(stored)]);
        }
    expect(asked.length).toBeGreaterThan(40);
  });

  it("is told out of memory with two queries, also what an actor that has just woken does not know yet", async () => {
    const { _id } = await chat.group(24, 25);
    for (let i = 0; i < 70; i++) await chat.send(24, _id, `m${i}`);
    const first = (await chat.as(25)("chat.messages", { conversationId: _id, limit: 1, after: 0 }))[0] as Message;
    await chat.as(24)("chat.edit", { messageId: first._id, content: "edited" });
    const told = async (cursor: number) =>
      (await sync(25, { cursors: { [_id]: cursor } })).changes.map((c) => c.message?.content);
    const expected = [...Array.from({ length: 20 }, (_, i) => `m${i + 50}`), "edited"];
    expect(await told(50)).toEqual(expected);
    const { actors } = chatOf(chat.broker.getLocalService("chat"));
    const awake = actors.peek(_id)!;
    Object.assign(awake, new State(awake.conversation, awake.members, awake.receipts, [], awake.limits));
    expect(awake.completeSince).toBeGreaterThan(70);
    expect(await told(50)).toEqual(expected);
    expect(awake.completeSince).toBe(50);
    expect(await reads(async () => expect(await told(55)).toEqual(expected.slice(5)))).toBe(2);
  });

  it("by time tells the same", async () => {
    const { _id } = await chat.group(11, 12);
    await chat.send(11, _id, "old");
    await new Promise((r) => setTimeout(r, 5));
    const since = new Date().toISOString();
    await new Promise((r) => setTimeout(r, 5));
    await chat.send(11, _id, "new");
    const { changes } = await sync(12, { since });
    expect(changes.filter((c) => c.type === "message").map((c) => c.message?.content)).toEqual(["new"]);
  });

  it("says reset for a cursor from another life and for one that is too old, and left for what one never saw", async () => {
    const { _id } = await chat.group(13, 14);
    await chat.send(13, _id, "x");
    expect(await sync(14, { cursors: { [_id]: 99 } })).toMatchObject({ reset: true, cursors: { [_id]: 1 } });
    expect(await sync(14, { since: "2001-01-01T00:00:00Z" })).toMatchObject({ reset: true });
    const foreign = (await chat.group(15, 16))._id;
    const { changes } = await sync(14, { cursors: { [foreign]: 0, [_id]: 1 } });
    expect(changes).toEqual([{ type: "left", conversationId: foreign }]);
  });

  it("refuses cursors that are none", async () => {
    await expect(sync(1, { cursors: { "not-an-id": 1 } })).rejects.toMatchObject({ code: 422 });
    await expect(sync(1, { cursors: { ["a".repeat(24)]: "1" } })).rejects.toMatchObject({ code: 422 });
    await expect(sync(1, { since: "yesterday" })).rejects.toMatchObject({ code: 422 });
  });

  it("lets the event loop turn between conversations, so that a storm of syncs keeps nobody's message waiting", async () => {
    const { _id } = await chat.group(17, 18);
    await chat.send(17, _id, "x");
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    await sync(18, { cursors: { [_id]: 0 } });
    for (let i = 0; i < 50; i++) await sync(18, { cursors: { [_id]: 0 } });
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a gateway", () => {
  const ask = (conversationId: string, after?: number) =>
    call(chat.broker, "chat.audience", { conversationId, ...(after === undefined ? {} : { after }) });

  it("that asks who is in a conversation is told what it missed, to whom it is to go, and nothing where it missed nothing", async () => {
    const { _id: conversationId } = await chat.pair(51, 52);
    await chat.send(51, conversationId, "heard");
    chat.blocks.add("52>51");
    await call(chat.broker, "chat.applyBlock", { userId: 52, blockedId: 51 });
    await chat.send(51, conversationId, "to nobody");
    chat.blocks.clear();
    await call(chat.broker, "chat.applyBlock", { userId: 52, blockedId: 51 });
    await chat.send(51, conversationId, "missed");
    const { members, missed = [] } = await ask(conversationId, 1);
    expect(members).toEqual([51, 52]);
    const told = missed.map(({ event, to, except, seq, body }) => [
      event,
      to,
      except ?? [],
      seq,
      (JSON.parse(body) as Message).content,
    ]);
    expect(told).toEqual([
      ["message:created", "members", [52], 2, "to nobody"],
      ["message:created", "members", [], 3, "missed"],
    ]);
    expect((await ask(conversationId, 3)).missed).toEqual([]);
    expect(await ask(conversationId)).not.toHaveProperty("missed");
  });

  it("that did not move sockets between rooms is in the log, and no other", async () => {
    const warn = jest.spyOn(chat.broker.getLocalService("chat").logger, "warn");
    const warned = () => warn.mock.calls.flat().filter((text) => String(text).includes("between rooms"));
    const { _id: conversationId } = await chat.group(53, 54, 55);
    await chat.as(53)("chat.removeMember", { conversationId, userId: 54 });
    expect(chat.left.filter((change) => change.conversationId === conversationId && !change.join)).toHaveLength(1);
    expect(warned()).toEqual([]);
    const push = jest.spyOn(chat.left, "push").mockImplementation(() => {
      throw new Error("down");
    });
    await chat.as(53)("chat.removeMember", { conversationId, userId: 55 });
    expect(warned()).toHaveLength(1);
    push.mockRestore();
    warn.mockRestore();
  });
});
