/** The product's own data on conversations, members and messages, and its keys of conversations; on both stores. */
import { MAX_CUSTOM } from "../../contracts/custom";
import { type ChatSystem, startChat } from "../support/chat";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";

const schemas = JSON.stringify({
  message: { type: "object", properties: { order: { type: "integer" } } },
  conversation: { type: "object", properties: { stars: { maximum: 5 } } },
});
const stores: [string, () => Promise<Server | undefined>][] = [
  ["the embedded store", () => Promise.resolve(undefined)],
];
if (hasFerretdb()) stores.push(["a server that speaks MongoDB's language", startMongo]);

let chat: ChatSystem;
let next = 0;
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 290) + 1));
const block = async (userId: number, blockedId: number, blocked: boolean): Promise<void> => {
  if (blocked) chat.blocks.add(`${userId}>${blockedId}`);
  else chat.blocks.delete(`${userId}>${blockedId}`);
  await chat.broker.call("chat.applyBlock", { userId, blockedId, blocked });
};
/** A call fills in what is left out. */
const page = Object.freeze({ limit: 20, skip: 0 });

describe.each(stores)("custom data on %s", (_store, start) => {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
    chat = await startChat({ CUSTOM_SCHEMAS: schemas, ...(server ? { MONGODB_URI: server.url } : {}) });
  });
  afterAll(async () => {
    await chat.stop();
    await server?.stop();
  });

  it("of a message is in every payload", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const { cursors } = await chat.as(b)("chat.sync", {});
    const custom = { order: 7, nested: { deep: ["é", null, true] }, "a.b": 1 };
    const sent = await chat.send(a, conversationId, "hello", { custom, clientId: "k" });
    const shown = (m: unknown) => expect(m).toMatchObject({ _id: sent._id, custom });
    shown(sent);
    shown(await chat.send(a, conversationId, "hello", { custom, clientId: "k" }));
    shown(chat.heard(b, "message:created").at(-1));
    shown((await chat.as(b)("chat.messages", { conversationId, limit: 1 }))[0]);
    shown(await chat.as(b)("chat.message", { messageId: sent._id }));
    shown((await chat.as(b)("chat.get", { conversationId })).lastMessage);
    shown((await chat.as(b)("chat.search", { query: "hello", conversationId, ...page })).messages[0]);
    shown((await chat.as(b)("chat.sync", { cursors })).changes.find((c) => c.type === "message")?.message);
    const plain = await chat.send(a, conversationId, "without");
    expect(plain.custom).toEqual({});
  });

  it("of a message changes key by key with an edit, null takes away, and the first answer stays the first", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const sent = await chat.send(a, conversationId, "hello", { custom: { order: 1, state: "open" }, clientId: "k" });
    const edit = (more: object) => chat.as(a)("chat.edit", { messageId: sent._id, ...more });
    const edited = await edit({ custom: { state: "closed", by: "ann" } });
    expect(edited).toMatchObject({ content: "hello", version: 2, custom: { order: 1, state: "closed", by: "ann" } });
    expect(chat.heard(b, "message:updated").at(-1)).toMatchObject({ custom: { state: "closed" } });
    expect((await edit({ content: "new", custom: { by: null } })).custom).toEqual({ order: 1, state: "closed" });
    expect((await edit({ content: "newer" })).custom).toEqual({ order: 1, state: "closed" });
    expect((await edit({ custom: { state: "closed" } })).version).toBe(4);
    expect((await edit({ custom: null })).custom).toEqual({});
    const history = await chat.as(b)("chat.history", { messageId: sent._id });
    expect(history.map((h) => h.custom["state"])).toEqual(["open", "closed", "closed", "closed"]);
    const again = await chat.send(a, conversationId, "hello", { custom: { order: 1, state: "open" }, clientId: "k" });
    expect(again).toEqual(sent);
    const other = chat.send(a, conversationId, "hello", { custom: { order: 2 }, clientId: "k" });
    await expect(other).rejects.toMatchObject({ type: "CONFLICT" });
  });

  it("the same edit of a version, said once more, is that edit", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, conversationId, "hello", { custom: { n: 1 } });
    const edit = (n: number, version: number) => chat.as(a)("chat.edit", { messageId, version, custom: { n } });
    await edit(2, 1);
    await edit(3, 2);
    expect(await edit(2, 1)).toMatchObject({ version: 3, custom: { n: 3 } });
    await expect(edit(4, 1)).rejects.toMatchObject({ type: "CONFLICT" });
  });

  it("of a message goes with its deletion", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const { _id: messageId } = await chat.send(a, conversationId, "x", { custom: { secret: "swordfish" } });
    await chat.as(a)("chat.edit", { messageId, custom: { more: "swordfish" } });
    await chat.as(a)("chat.deleteMessage", { messageId });
    const seen = [
      await chat.as(b)("chat.message", { messageId }),
      await chat.as(b)("chat.history", { messageId }),
      await chat.as(b)("chat.search", { custom: { secret: "swordfish" }, ...page }),
    ];
    expect(JSON.stringify(seen)).not.toContain("swordfish");
  });

  it("finds messages by equality, with words and without", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const { _id: conversationId } = await chat.group(a, b);
    await chat.send(a, conversationId, "one apple", { custom: { kind: "offer", n: 1, hot: true } });
    await chat.send(a, conversationId, "two apples", { custom: { kind: "offer", n: 2 } });
    await chat.send(a, conversationId, "three apples", { custom: { kind: "Offer", n: "2" } });
    const found = async (custom: object, more = {}) =>
      (await chat.as(b)("chat.search", { custom: custom as never, ...page, ...more })).messages.map((m) => m.content);
    expect(await found({ kind: "offer" })).toEqual(["two apples", "one apple"]);
    expect(await found({ kind: "offer", n: 2 })).toEqual(["two apples"]);
    expect(await found({ n: "2" })).toEqual(["three apples"]);
    expect(await found({ kind: "offer" }, { query: "one" })).toEqual(["one apple"]);
    expect(await found({ hot: false })).toEqual([]);
    expect(await found({ toString: "x", valueOf: 1 })).toEqual([]);
    expect((await chat.as(c)("chat.search", { custom: { kind: "offer" }, ...page })).total).toBe(0);
    for (const bad of [{ n: { $gt: 1 } }, { n: null }, { n: [1] }])
      await expect(found(bad)).rejects.toMatchObject({ type: "BAD_REQUEST" });
    await expect(chat.as(b)("chat.search", { ...page })).rejects.toMatchObject({ type: "BAD_REQUEST" });
  });

  it("edited unheard stays for the other side what it was, in lists and in the search", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.pair(a, b);
    const { _id: messageId } = await chat.send(b, conversationId, "hi", { custom: { state: "open" } });
    await block(a, b, true);
    await chat.as(b)("chat.edit", { messageId, custom: { state: "swordfish" } });
    const found = async (user: number, state: string) =>
      (await chat.as(user)("chat.search", { custom: { state }, ...page })).total;
    expect((await chat.as(a)("chat.message", { messageId })).custom).toEqual({ state: "open" });
    expect(await found(a, "open")).toBe(1);
    expect(await found(a, "swordfish")).toBe(0);
    expect(await found(b, "swordfish")).toBe(1);
  });

  it("of a conversation is given at its birth, changed by an update, told, synced and filtered by", async () => {
    const [a = 0, b = 0] = people(2);
    const made = await chat.as(a)("chat.create", { participantIds: [b], type: "group", custom: { topic: "x", n: 1 } });
    const conversationId = made._id;
    expect(made.custom).toEqual({ topic: "x", n: 1 });
    expect(chat.heard(b, "conversation:created").at(-1).conversation.custom).toEqual({ topic: "x", n: 1 });
    const { cursors } = await chat.as(b)("chat.sync", {});
    const updated = await chat.as(a)("chat.update", { conversationId, custom: { n: null, stars: 5 } });
    expect(updated.custom).toEqual({ topic: "x", stars: 5 });
    expect(chat.heard(b, "conversation:updated").at(-1).changes).toEqual({ custom: { topic: "x", stars: 5 } });
    const { changes } = await chat.as(b)("chat.sync", { cursors });
    expect(changes.find((c) => c.type === "conversation")?.conversation?.custom).toEqual({ topic: "x", stars: 5 });
    const listed = async (custom: object) =>
      (await chat.as(b)("chat.list", { limit: 100, skip: 0, custom: custom as never })).map((c) => c._id);
    expect(await listed({ topic: "x", stars: 5 })).toEqual([conversationId]);
    expect(await listed({ topic: "y" })).toEqual([]);
    expect(await listed({ constructor: "x" })).toEqual([]);
    await expect(listed({ topic: { $ne: 1 } })).rejects.toMatchObject({ type: "BAD_REQUEST" });
    await expect(chat.as(b)("chat.update", { conversationId, custom: {} })).rejects.toMatchObject({
      type: "FORBIDDEN",
    });
    const removed = await chat.as(a)("chat.update", { conversationId, custom: null });
    expect(removed.custom).toEqual({});
  });

  it("of a member is their own to change, and the leaders'; in the list, live and in sync", async () => {
    const [a = 0, b = 0, c = 0] = people(3);
    const { _id: conversationId } = await chat.group(a, b, c);
    const { cursors } = await chat.as(c)("chat.sync", {});
    const change = (by: number, userId: number, custom: Record<string, unknown> | null) =>
      chat.as(by)("chat.updateMember", { conversationId, userId, custom });
    expect(await change(b, b, { seat: 4 })).toEqual({ userId: b, custom: { seat: 4 } });
    await change(a, b, { team: "red" });
    const news = { conversationId, userId: b, custom: { seat: 4, team: "red" }, actorId: a };
    expect(chat.heard(c, "conversation:member-updated").at(-1)).toEqual(news);
    const members = await chat.as(c)("chat.members", { conversationId });
    expect(members.map((m) => m.custom)).toEqual([{}, { seat: 4, team: "red" }, {}]);
    const { changes } = await chat.as(c)("chat.sync", { cursors });
    const told = changes.find((x) => x.type === "member" && x.userId === b);
    expect(told?.member?.custom).toEqual({ seat: 4, team: "red" });
    await expect(change(b, c, { seat: 1 })).rejects.toMatchObject({ type: "FORBIDDEN" });
    await expect(change(people(1)[0] ?? 0, b, {})).rejects.toMatchObject({ type: "FORBIDDEN" });
    await expect(change(a, 299, {})).rejects.toMatchObject({ type: "NOTFOUND" });
  });

  it("of the other side of a pair is unheard of while one has blocked the other, and known after", async () => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.pair(a, b);
    const set = (mood: string) => chat.as(b)("chat.updateMember", { conversationId, custom: { mood } });
    const seen = async () =>
      (await chat.as(a)("chat.members", { conversationId })).find((m) => m.userId === b)?.custom["mood"];
    await set("before");
    await block(a, b, true);
    const { cursors } = await chat.as(a)("chat.sync", {});
    chat.emitted.length = 0;
    await set("meanwhile");
    expect(chat.heard(a, "conversation:member-updated")).toEqual([]);
    expect(await seen()).toBe("before");
    expect(JSON.stringify(await chat.as(a)("chat.sync", { cursors }))).not.toContain("meanwhile");
    await block(a, b, false);
    expect(await seen()).toBe("meanwhile");
    expect(JSON.stringify(await chat.as(a)("chat.sync", { cursors }))).toContain("meanwhile");
  });

  it.each<[string, object, string]>([
    ["more than 4 kB", { big: "é".repeat(MAX_CUSTOM / 2) }, "TOO_LARGE"],
    ["too many keys", Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, 1])), "TOO_LARGE"],
    ["half a character", { a: "\ud800" }, "BAD_REQUEST"],
    ["a NUL in a key", { "a\0": 1 }, "BAD_REQUEST"],
    ["no finite number", { a: Infinity }, "BAD_REQUEST"],
    ["the key __proto__", JSON.parse('{"a":{"__proto__":{"polluted":1}}}') as object, "BAD_REQUEST"],
    ["what the operator's schema refuses", { order: "seven" }, "BAD_REQUEST"],
    ["a list", [1], "BAD_REQUEST"],
  ])("refuses %s, and nothing is sent", async (_what, custom, type) => {
    const [a = 0, b = 0] = people(2);
    const { _id: conversationId } = await chat.group(a, b);
    const sending = chat.send(a, conversationId, "x", { custom: custom as never });
    await expect(
      sending.catch((error: { type: string }) => error.type.replace("VALIDATION_ERROR", "BAD_REQUEST")),
    ).resolves.toBe(type);
    expect(await chat.as(b)("chat.messages", { conversationId, limit: 10 })).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("takes as much as 4 kB, and a change that would be more leaves what was", async () => {
    const [a = 0, b = 0] = people(2);
    const full = { big: "x".repeat(MAX_CUSTOM - '{"big":""}'.length) };
    const made = await chat.as(a)("chat.create", { participantIds: [b], type: "group", custom: full });
    const more = chat.as(a)("chat.update", { conversationId: made._id, custom: { y: 1 } });
    await expect(more).rejects.toMatchObject({ type: "TOO_LARGE" });
    const stars = chat.as(a)("chat.update", { conversationId: made._id, custom: { big: null, stars: 6 } });
    await expect(stars).rejects.toMatchObject({
      type: "BAD_REQUEST",
      data: [{ field: "custom.stars", rule: "maximum" }],
    });
    expect((await chat.as(b)("chat.get", { conversationId: made._id })).custom).toEqual(full);
  });

  describe("external_id", () => {
    const create = (user: number, others: number[], external_id: string, more = {}) =>
      chat.as(user)("chat.create", { participantIds: others, external_id, ...more });

    it("is one conversation, also when twenty create it at once", async () => {
      const [a = 0, b = 0] = people(2);
      const made = await Promise.all(
        Array.from({ length: 20 }, () => create(a, [b], `order ${a}`, { name: "Order", content: "first words" })),
      );
      expect(new Set(made.map((c) => c._id)).size).toBe(1);
      const [first] = made;
      expect(first).toMatchObject({ type: "group", external_id: `order ${a}` });
      const said = await chat.as(b)("chat.messages", { conversationId: first?._id ?? "", limit: 100 });
      expect(said.map((m) => m.content)).toEqual(["first words"]);
      const found = await chat.as(b)("chat.list", { limit: 100, skip: 0, external_id: `order ${a}` });
      expect(found.map((c) => c._id)).toEqual([first?._id]);
    });

    it("is returned as it is to its members, whatever they ask for, and to nobody else", async () => {
      const [a = 0, b = 0, c = 0] = people(3);
      const made = await create(a, [b], `ticket ${a}`, { name: "Ticket", custom: { n: 1 } });
      const got = await create(b, [c], `ticket ${a}`, { name: "Other", custom: { n: 2 }, content: "not said" });
      expect(got).toMatchObject({ _id: made._id, name: "Ticket", custom: { n: 1 }, lastMessage: null });
      expect(got.participants).toEqual([a, b]);
      await expect(create(c, [], `ticket ${a}`)).rejects.toMatchObject({ type: "FORBIDDEN" });
    });

    it("is of groups alone, and free again when its conversation has ended", async () => {
      const [a = 0, b = 0] = people(2);
      await expect(create(a, [b], `pair ${a}`, { type: "private" })).rejects.toMatchObject({ type: "BAD_REQUEST" });
      const first = await create(a, [b], `doc ${a}`);
      await chat.as(a)("chat.delete", { conversationId: first._id });
      expect((await create(a, [b], `doc ${a}`))._id).not.toBe(first._id);
    });
  });
});

it("a schema that is none is told at the start", async () => {
  for (const CUSTOM_SCHEMAS of ["{", "/no/such/file", '{"message":{"type":"nonsense"}}', '{"messages":{}}'])
    await expect(startChat({ CUSTOM_SCHEMAS })).rejects.toThrow("CUSTOM_SCHEMAS");
});
