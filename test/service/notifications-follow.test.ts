/** Notifications follow their messages and what users do with conversations; one stored document is for all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { fail } from "../../contracts/errors";
import { type Payload } from "../../contracts/events";
import { type Message } from "../../contracts/shapes";
import { newId, type StoresOf, storesOf } from "../../mixins/documents";
import { publish } from "../../platform/bus";
import { publishFact } from "../../platform/facts";
import { type collections, type LegacyDoc } from "../../services/notifications/documents";
import { tempDir, until } from "../support/facts";
import { fact, message, type MessageFact, type Node, notificationsNode } from "../support/notifications";

type Attended = Payload<"conversation.attended">;

const storesIn = (node: Node): StoresOf<typeof collections> =>
  storesOf<typeof collections>(node.broker.getLocalService("notifications"));

describe("notifications follow", () => {
  let node: Node;
  beforeEach(async () => {
    node = await notificationsNode();
  });
  afterEach(() => node.broker.stop());

  const tell = (f: MessageFact): Promise<void> => publishFact(node.broker, "message.created", f);
  const change = (f: MessageFact): Promise<void> => publishFact(node.broker, "message.changed", f);
  const attend = (conversationId: string, what: Partial<Attended>): Promise<void> =>
    publish(node.broker, "conversation.attended", {
      ...{ conversationId, read: [], gone: [], dropped: [], ended: false },
      ...what,
    });
  const count = async (userId: number): Promise<number> => (await node.as(userId, "notifications.count", {})).count;
  const contents = async (userId: number): Promise<string[]> => (await node.list(userId)).map((n) => n.content);
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
  /** A conversation with messages 1 to n, all of them told. */
  const talk = async (n: number, more: Partial<MessageFact> = {}): Promise<{ id: string; messages: Message[] }> => {
    const id = newId();
    const messages = numbers(n).map((seq) => message({ conversation_id: id, seq, content: `m${seq}` }));
    await tell(fact({ recipients: [1, 2, 3], messages, ...more }));
    return { id, messages };
  };
  const edited = (m: Message, more: Partial<Message>): Message => ({ ...m, version: m.version + 1, ...more });

  describe("what is stored", () => {
    test("is one document for each message, however many it is for", async () => {
      await talk(3, { type: "group", recipients: numbers(40) });
      expect(await storesIn(node).notifications.count({})).toBe(3);
      expect(await count(40)).toBe(3);
    });
    test("each user has an id of their own for it, and reads and deletes it for nobody else", async () => {
      await talk(1);
      const [[own], [other]] = [await node.list(2), await node.list(3)];
      expect(own!._id).not.toBe(other!._id);
      await expect(node.as(3, "notifications.get", { notificationId: own!._id })).rejects.toMatchObject({
        type: "NOTFOUND",
      });
      await node.as(2, "notifications.read", { notificationId: own!._id });
      expect([await count(2), await count(3)]).toEqual([0, 1]);
      await node.as(3, "notifications.delete", { notificationId: other!._id });
      expect([await contents(2), await contents(3)]).toEqual([["m1"], []]);
    });
  });

  describe("reading", () => {
    test("a conversation reads its notifications up to there, on every device, and no other's", async () => {
      const [{ id }, other] = [await talk(3), await talk(1)];
      await node.online(2);
      const ids = new Map((await node.list(2)).map((n) => [n.content + n.related_id, n._id]));
      await attend(id, { read: [{ userId: 2, seq: 2, runs: [] }] });
      expect(node.events(2, "notification:read").map((e) => e.notificationId)).toEqual([
        ids.get(`m1${id}`),
        ids.get(`m2${id}`),
      ]);
      expect(node.events(2, "notification:count").at(-1)).toEqual({ count: 2 });
      expect([await count(2), await count(3)]).toEqual([2, 4]);
      await attend(id, { read: [{ userId: 2, seq: 1, runs: [] }] });
      expect(await count(2)).toBe(2); // nobody goes back
      await attend(other.id, { read: [{ userId: 2, seq: 1, runs: [] }] });
      expect(await count(2)).toBe(1);
    });
    test("single messages reads theirs", async () => {
      const { id } = await talk(4);
      await attend(id, { read: [{ userId: 2, seq: 0, runs: [{ from: 2, to: 3 }] }] });
      const list = await node.as(2, "notifications.list", { limit: 10, unreadOnly: true });
      expect(list.map((n) => n.content)).toEqual(["m4", "m1"]);
      expect(await count(2)).toBe(2);
    });
    test("who reads along all the time is told of what comes later", async () => {
      const { id } = await talk(1);
      for (const seq of [1, 1, 1]) await attend(id, { read: [{ userId: 2, seq, runs: [] }] });
      const next = message({ conversation_id: id, seq: 2 });
      await tell(fact({ recipients: [1, 2], messages: [next] }));
      expect(await count(2)).toBe(1);
      await attend(id, { read: [{ userId: 2, seq: 2, runs: [] }] });
      expect(await count(2)).toBe(0);
    });
    test("a fact that comes late makes none of what was read meanwhile, nor one that had to wait in a queue", async () => {
      const { id } = await talk(1);
      await attend(id, { read: [{ userId: 2, seq: 5, runs: [] }] });
      await tell(fact({ recipients: [1, 2, 3], messages: [message({ conversation_id: id, seq: 5 })] }));
      expect([await count(2), await count(3)]).toEqual([0, 2]);
      node.world.positions.set(3, 6);
      const old = message({ conversation_id: id, seq: 6, created_at: new Date(Date.now() - 60_000).toISOString() });
      await tell(fact({ recipients: [1, 2, 3], messages: [old] }));
      expect([await count(2), await count(3)]).toEqual([1, 2]);
    });
  });

  describe("what is no longer theirs", () => {
    test.each([
      ["leaving or clearing", (id: string) => attend(id, { gone: [{ userId: 2, seq: 2 }] }), ["m3"]],
      ["the end of the conversation", (id: string) => attend(id, { ended: true }), []],
      [
        "deleting messages for oneself",
        (id: string, ms: Message[]) => attend(id, { dropped: [{ userId: 2, messageId: ms[1]!._id }] }),
        ["m3", "m1"],
      ],
      [
        "blocking who wrote it",
        () => publish(node.broker, "users.blockChanged", { userId: 2, blockedId: 1, blocked: true }),
        [],
      ],
    ])("goes with %s, on every device and the badge", async (_, act, left) => {
      const { id, messages } = await talk(3);
      await node.online(2);
      await act(id, messages);
      expect(await contents(2)).toEqual(left);
      expect(await count(2)).toBe(left.length);
      expect(node.events(2, "notification:deleted")).toHaveLength(3 - left.length);
      expect(node.events(2, "notification:count").at(-1)).toEqual({ count: left.length });
    });
    test("nor does it come with a fact that is late or comes again", async () => {
      const { id, messages } = await talk(2);
      const late = message({ conversation_id: id, seq: 3 });
      await attend(id, { gone: [{ userId: 2, seq: 3 }], dropped: [{ userId: 3, messageId: late._id }] });
      await tell(fact({ recipients: [1, 2, 3], messages: [...messages, late] }));
      expect([await contents(2), await contents(3)]).toEqual([[], ["m2", "m1"]]);
      await attend(id, { ended: true });
      await tell(fact({ recipients: [1, 2, 3], messages: [message({ conversation_id: id, seq: 4 })] }));
      expect([await count(2), await count(3)]).toEqual([0, 0]);
    });
    test("what a blocked person writes in a group notifies the blocker of nothing, a mention neither", async () => {
      node.world.blocks.set(2, 1);
      await talk(1, { type: "group", messages: [message({ mentions: [2, 3] })] });
      expect([await count(2), await count(3)]).toEqual([0, 1]);
    });
    test("who is back has what comes after that, the invitation first", async () => {
      const { id } = await talk(2);
      await attend(id, { gone: [{ userId: 2, seq: 2 }] });
      const invite = { factId: newId(), conversationId: id, name: "Crew", userId: 2, actorId: 1, seq: 4 };
      await publishFact(node.broker, "group_invite.created", { ...invite, at: new Date().toISOString() });
      await tell(fact({ recipients: [1, 2, 3], messages: [message({ conversation_id: id, seq: 5, content: "m5" })] }));
      expect(await contents(2)).toEqual(expect.arrayContaining(["m5", "You are now a member of Crew."]));
      await attend(id, { read: [{ userId: 2, seq: 5, runs: [] }] });
      expect(await count(2)).toBe(0);
    });
  });

  describe("an edit", () => {
    test("changes the words on every device, once, and an older one that comes late changes nothing", async () => {
      const { messages } = await talk(1);
      await node.online(2);
      const [v2, v3] = [edited(messages[0]!, { content: "two" }), { ...messages[0]!, version: 3, content: "three" }];
      const first = fact({ recipients: [1, 2, 3], messages: [v3] });
      await change(first);
      await change(first);
      await change({ ...first, messages: [v2] });
      await tell({ ...first, messages });
      expect([await contents(2), await contents(3)]).toEqual([["three"], ["three"]]);
      expect(node.events(2, "notification:updated")).toMatchObject([{ content: "three", is_read: false, user_id: 2 }]);
      expect(await count(2)).toBe(1);
    });
    test("that overtakes the message's own fact is what the notification says", async () => {
      const m = message({ content: "a slip" });
      const f = fact({ recipients: [1, 2], messages: [m] });
      await change({ ...f, messages: [edited(m, { content: "mended" })] });
      await tell(f);
      expect(await contents(2)).toEqual(["mended"]);
    });
    test("tells whom it names and takes it from whom it names no longer, in a large group", async () => {
      const m = message({ mentions: [2, 3], seq: 1 });
      const f = fact({ type: "group", name: "Crew", recipients: numbers(60), messages: [m] });
      await tell(f);
      await node.online(2, 3, 4);
      await attend(m.conversation_id, { read: [4, 3].map((userId) => ({ userId, seq: 1, runs: [] })) });
      const v2 = edited(m, { content: "again", mentions: [3, 4] });
      await change({ ...f, messages: [v2] });
      expect([await count(2), await count(3), await count(4)]).toEqual([0, 0, 1]); // 4 had read it, and is named now
      expect(node.events(2, "notification:deleted")).toHaveLength(1);
      expect(node.events(4, "notification:created")).toMatchObject([{ content: "again", is_read: false }]);
      expect(node.events(3, "notification:created")).toEqual([]);
      await change({ ...f, messages: [edited(v2, { content: "and again" })] });
      expect(node.events(4, "notification:created")).toHaveLength(1);
      expect(node.events(4, "notification:count").at(-1)).toEqual({ count: 1 });
      await attend(m.conversation_id, { read: [{ userId: 4, seq: 1, runs: [] }] });
      expect(await count(4)).toBe(0);
      expect(node.events(4, "notification:count").at(-1)).toEqual({ count: 0 });
    });
    test("that overtakes an old message's own fact, as after an outage, is what all are told, once", async () => {
      const id = newId();
      const created_at = new Date(Date.now() - 3_600_000).toISOString();
      const first = message({ conversation_id: id, content: "secret", created_at });
      const second = message({ conversation_id: id, content: "secret too", created_at });
      const more = { recipients: [1, 2, 3] };
      await change(
        fact({
          ...more,
          messages: [edited(first, { content: "now" }), edited(second, { content: "hi @3", mentions: [3] })],
        }),
      );
      expect([await contents(2), await contents(3)]).toEqual([[], ["hi @3"]]);
      await tell(fact({ ...more, messages: [first, second] }));
      await tell(fact({ ...more, messages: [first, second] }));
      expect([await contents(2), await contents(3)]).toEqual([
        ["hi @3", "now"],
        ["hi @3", "now"],
      ]);
      expect([await count(2), await count(3)]).toEqual([2, 2]);
    });
    test("that names nobody any more leaves no notification to whom the message named, though it comes first", async () => {
      const id = newId();
      const first = message({ conversation_id: id, content: "@9 secret", mentions: [9] });
      const large = { type: "group" as const, recipients: numbers(60) };
      await change(fact({ ...large, messages: [edited(first, { content: "nobody", mentions: [] })] }));
      await tell(fact({ ...large, messages: [first] }));
      expect(await contents(9)).toEqual([]);
    });
    test("of an old message without a notification makes none", async () => {
      const m = message({ created_at: new Date(Date.now() - 3_600_000).toISOString(), version: 2 });
      await change(fact({ recipients: [1, 2], messages: [m] }));
      expect(await count(2)).toBe(0);
    });
  });

  describe("a message deleted", () => {
    test("before its fact has been handled leaves no notification, on whatever way word of it comes", async () => {
      await node.online(2);
      const ways = [
        (m: Message) => publish(node.broker, "message.deleted", { messageId: m._id }),
        (m: Message) =>
          change(fact({ recipients: [1, 2, 3], messages: [edited(m, { content: "", deleted_at: m.created_at })] })),
      ];
      const deletions = [...ways, ...ways, ...ways].map(async (way, n) => {
        const m = message({ content: "a slip" });
        const told = tell(fact({ recipients: [1, 2, 3], messages: [m] }));
        await sleep(n);
        await way(m);
        await told;
      });
      await Promise.all(deletions);
      expect([await contents(2), await contents(3)]).toEqual([[], []]);
      expect([await count(2), await count(3)]).toEqual([0, 0]);
      expect(node.events(2, "notification:created")).toEqual([]);
    });
    test("stays away when its fact comes again after a restart", async () => {
      const m = message({ content: "a slip" });
      const f = fact({ recipients: [1, 2], messages: [m] });
      await change({ ...f, messages: [edited(m, { content: "", deleted_at: m.created_at })] });
      const { DATA_DIR } = (await import("../../platform/env")).envOf(node.broker);
      await node.broker.stop();
      node = await notificationsNode({ DATA_DIR });
      await tell(f);
      expect(await contents(2)).toEqual([]);
    });
  });

  describe("a list", () => {
    test("with `group` has one entry for each conversation, with how many it stands for", async () => {
      const [a, b] = [await talk(3), await talk(2)];
      await attend(a.id, { read: [{ userId: 2, seq: 1, runs: [] }] });
      const grouped = (more: object) => node.as(2, "notifications.list", { limit: 20, group: true, ...more });
      const shown = (list: Awaited<ReturnType<typeof grouped>>) =>
        list.map((n) => [n.related_id, n.content, n.count, n.unread]);
      const all = await grouped({});
      expect(shown(all)).toEqual([
        [b.id, "m2", 2, 2],
        [a.id, "m3", 3, 2],
      ]);
      expect(shown(await grouped({ unreadOnly: true }))).toEqual([
        [b.id, "m2", 2, 2],
        [a.id, "m3", 2, 2],
      ]);
      expect(shown(await grouped({ limit: 1 }))).toEqual([[b.id, "m2", 2, 2]]);
      expect(shown(await grouped({ before: all[0]!._id }))).toEqual([[a.id, "m3", 3, 2]]);
      expect((await node.list(2))[0]).not.toHaveProperty("count");
    });
    test("goes on behind one that was deleted meanwhile", async () => {
      await talk(4);
      const [, second] = await node.list(2);
      await node.as(2, "notifications.delete", { notificationId: second!._id });
      const rest = await node.as(2, "notifications.list", { limit: 10, before: second!._id });
      expect(rest.map((n) => n.content)).toEqual(["m2", "m1"]);
    });
    test("is newest first over many conversations, page by page, each once", async () => {
      const base = Date.now() - 1_000_000;
      const rooms = numbers(30).map(() => newId());
      for (const n of numbers(120)) {
        const m = message({
          conversation_id: rooms[(n * 7) % 30]!,
          content: `n${n}`,
          created_at: new Date(base + Math.floor(n / 3) * 1000).toISOString(),
        });
        await tell(fact({ messages: [m] }));
      }
      const found: { content: string; created_at: string }[] = [];
      for (let before: string | undefined; ;) {
        const page = await node.as(2, "notifications.list", { limit: 7, ...(before ? { before } : {}) });
        found.push(...page);
        if (page.length < 7) break;
        before = page.at(-1)!._id;
      }
      expect(new Set(found.map((n) => n.content)).size).toBe(120);
      const times = found.map((n) => n.created_at);
      expect(times).toEqual([...times].sort().reverse());
    });
  });

  test("a store that is down in the middle of a batch costs nothing and doubles nothing", async () => {
    await node.online(2);
    const store = storesIn(node).notifications;
    const insert = jest.spyOn(store, "insert").mockRejectedValueOnce(fail("UNAVAILABLE", "The store is down."));
    const [a, b] = await Promise.all([talk(2), talk(1)]);
    expect(insert.mock.calls.length).toBeGreaterThan(1);
    expect((await node.list(2)).map((n) => n.related_id).sort()).toEqual([a.id, a.id, b.id].sort());
    expect(await count(2)).toBe(3);
    expect(node.events(2, "notification:created")).toHaveLength(3);
    expect(node.events(2, "notification:count").at(-1)).toEqual({ count: 3 });
    insert.mockRestore();
  });

  test("badge, list and a recount agree whatever happens at once", async () => {
    await node.online(2, 3);
    const rooms = numbers(3).map(() => ({ id: newId(), messages: [] as Message[] }));
    const what = fc.constantFrom(
      "new",
      "new",
      "again",
      "seen",
      "seenOne",
      "read",
      "readAll",
      "delete",
      "leave",
      "drop",
      "edit",
      "revoke",
    );
    const act = fc.tuple(what, fc.constantFrom(2, 3), fc.nat(50), fc.nat(2));
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 30 }), async (acts) => {
        await Promise.all(
          acts.map(async ([kind, userId, n, at]) => {
            const { id, messages } = rooms[at]!;
            const one = messages[n % Math.max(messages.length, 1)];
            const f = (...some: Message[]) => fact({ recipients: [1, 2, 3], messages: some });
            if (kind === "new" || !one) {
              // Their readers' moment is over.
              const created_at = new Date(Date.now() - 1_100).toISOString();
              const m = message({ conversation_id: id, seq: messages.length + 1, created_at });
              messages.push(m);
              return tell(f(m));
            }
            if (kind === "again") return tell(f(one));
            if (kind === "seen") return attend(id, { read: [{ userId, seq: one.seq, runs: [] }] });
            if (kind === "seenOne")
              return attend(id, { read: [{ userId, seq: 0, runs: [{ from: one.seq, to: one.seq }] }] });
            if (kind === "leave") return attend(id, { gone: [{ userId, seq: one.seq }] });
            if (kind === "drop") return attend(id, { dropped: [{ userId, messageId: one._id }] });
            if (kind === "edit") return change(f(edited(one, { mentions: [userId], content: `e${n}` })));
            if (kind === "revoke")
              return change(f(edited(one, { version: 99, content: "", deleted_at: one.created_at })));
            if (kind === "readAll") return void (await node.as(userId, "notifications.readAll", {}));
            const own = await node.list(userId);
            const chosen = own[n % Math.max(own.length, 1)];
            if (!chosen) return;
            await node.as(userId, `notifications.${kind}`, { notificationId: chosen._id }).catch((error) => {
              if (error.type !== "NOTFOUND") throw error;
            });
          }),
        );
        for (const userId of [2, 3]) {
          const unread = (await node.list(userId)).filter((x) => !x.is_read).map((x) => x._id);
          const listed = await node.as(userId, "notifications.list", { limit: 100, unreadOnly: true });
          expect(listed.map((x) => x._id)).toEqual(unread);
          expect(Math.min(await count(userId), 100)).toBe(unread.length);
          await until(
            async () => (node.events(userId, "notification:count").at(-1)?.count ?? 0) === (await count(userId)),
          );
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe("what was stored one for each user", () => {
  const legacy = (userId: number, n: number, more: Partial<LegacyDoc> = {}): LegacyDoc => ({
    _id: newId(),
    user_id: userId,
    source: `message:${"a".repeat(23)}${n}:${userId}`,
    title: "Ann",
    content: `old ${n}`,
    type: "message",
    related_id: "b".repeat(24),
    is_read: false,
    created_at: new Date(Date.now() - 100_000 + n),
    updated_at: new Date(),
    ...more,
  });

  test("is one for all after a start, with what was read and deleted", async () => {
    const DATA_DIR = tempDir();
    const before = await notificationsNode({ DATA_DIR });
    await storesIn(before).notifications.insert([
      legacy(2, 1, { is_read: true, content: "", title: "", deleted_at: new Date() }),
      legacy(3, 1),
      legacy(2, 2, { is_read: true }),
      legacy(3, 2),
      legacy(2, 3),
      legacy(2, 0, { source: "broadcast:x:2", type: "system", related_id: null }),
    ] as never[]);
    await before.broker.stop();
    const node = await notificationsNode({ DATA_DIR });
    await until(async () => (await storesIn(node).notifications.count({ user_id: { $gt: 0 } })) === 0);
    expect(await storesIn(node).notifications.count({})).toBe(4);
    const shown = async (userId: number) => (await node.list(userId)).map((n) => [n.content, n.is_read]);
    expect(await shown(2)).toEqual([
      ["old 3", false],
      ["old 2", true],
      ["old 0", false],
    ]);
    expect(await shown(3)).toEqual([
      ["old 2", false],
      ["old 1", false],
    ]);
    await publish(node.broker, "message.deleted", { messageId: `${"a".repeat(23)}2` });
    expect(await shown(3)).toEqual([["old 1", false]]);
    await node.broker.stop();
  });
});
