/** The notifications service alone, with stand-ins for its neighbours. */
import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { type Payload } from "../../contracts/events";
import { newId } from "../../mixins/documents";
import { publishFact } from "../../platform/facts";
import { call, publish } from "../../platform/bus";
import { until } from "../support/facts";
import { caller, fact, message, type MessageFact, type Node, notificationsNode } from "../support/notifications";

describe("notifications", () => {
  let node: Node;
  beforeEach(async () => {
    node = await notificationsNode();
  });
  afterEach(() => node.broker.stop());

  const tell = (f: MessageFact): Promise<void> => publishFact(node.broker, "message.created", f);
  const count = async (userId: number): Promise<number> => (await node.as(userId, "notifications.count", {})).count;
  const attended = (conversationId: string, what: Partial<Payload<"conversation.attended">>): Promise<void> =>
    publish(node.broker, "conversation.attended", {
      ...{ conversationId, read: [], gone: [], dropped: [], ended: false },
      ...what,
    });
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

  test("a message becomes one notification for each recipient but its sender", async () => {
    const f = fact({ recipients: [1, 2, 3] });
    await tell(f);
    expect(await node.list(1)).toEqual([]);
    expect(await node.list(2)).toMatchObject([
      { user_id: 2, title: "user 1", content: "hello", type: "message", related_id: f.conversationId, is_read: false },
    ]);
    expect([await count(1), await count(2), await count(3)]).toEqual([0, 1, 1]);
  });

  test("the same fact again, also in another batch, makes none again", async () => {
    const messages = [message(), message()];
    await tell(fact({ messages: messages.slice(0, 1) }));
    await Promise.all([
      tell(fact({ messages })),
      tell(fact({ messages })),
      tell(fact({ messages: [...messages, message()] })),
    ]);
    expect(await node.list(2)).toHaveLength(3);
    expect(await count(2)).toBe(3);
  });

  test("a deleted one does not come back with its fact", async () => {
    const f = fact();
    await tell(f);
    await node.as(2, "notifications.delete", { notificationId: (await node.list(2))[0]!._id });
    await tell(f);
    expect(await node.list(2)).toEqual([]);
    expect(await count(2)).toBe(0);
  });

  test("who is there is told of it, and of the count", async () => {
    await node.online(2);
    await tell(fact({ recipients: [1, 2, 3] }));
    expect(node.events(2, "notification:created")).toMatchObject([{ user_id: 2, content: "hello" }]);
    expect(node.events(2, "notification:count")).toEqual([{ count: 1 }]);
    expect(node.world.emitted.filter((e) => e.users.includes(3))).toEqual([]);
  });

  test("who has no socket in /notifications gets them all the same, but nothing is sent for them", async () => {
    await node.onlyInChat(2);
    await tell(fact({ recipients: [1, 2] }));
    expect(await node.list(2)).toHaveLength(1);
    expect(await count(2)).toBe(1);
    expect(node.world.emitted).toEqual([]);
  });

  test("who reads the message within a moment gets none", async () => {
    await node.onlyInChat(2, 3);
    const m = message();
    const telling = tell(fact({ recipients: [1, 2, 3], messages: [m] }));
    await attended(m.conversation_id, { read: [{ userId: 2, seq: m.seq, runs: [] }] });
    await attended(m.conversation_id, { read: [{ userId: 3, seq: m.seq - 1, runs: [] }] });
    await telling;
    expect(await node.list(2)).toEqual([]);
    expect(await node.list(3)).toHaveLength(1);
  });

  test("read, read-all and delete reach all devices with the new count, and once", async () => {
    await node.online(2);
    await tell(fact({ messages: [message(), message(), message()] }));
    const [newest, middle] = await node.list(2);
    const read = await node.as(2, "notifications.read", { notificationId: newest!._id });
    await node.as(2, "notifications.read", { notificationId: newest!._id });
    expect(read.is_read).toBe(true);
    expect(node.events(2, "notification:read")).toEqual([{ notificationId: newest!._id, is_read: true }]);
    await node.as(2, "notifications.delete", { notificationId: middle!._id });
    expect(node.events(2, "notification:deleted")).toEqual([{ notificationId: middle!._id }]);
    expect(await node.as(2, "notifications.readAll", {})).toEqual({ count: 1 });
    expect(await node.as(2, "notifications.readAll", {})).toEqual({ count: 0 });
    expect(node.events(2, "notification:count").map((e) => e.count)).toEqual([3, 2, 1, 0]);
  });

  test("a deleted message takes its notifications back, and makes none when its fact comes late", async () => {
    await node.online(2, 3);
    const [m, kept] = [message({ content: "a slip" }), message({ content: "stays" })];
    const told = fact({ recipients: [1, 2, 3], messages: [m, kept] });
    await tell(told);
    const [slip] = (await node.list(2)).filter((n) => n.content === "a slip");
    await publish(node.broker, "message.deleted", { messageId: m._id });
    await publish(node.broker, "message.deleted", { messageId: m._id });
    expect(node.events(2, "notification:deleted")).toEqual([{ notificationId: slip!._id }]);
    expect(node.events(2, "notification:count").at(-1)).toEqual({ count: 1 });
    const late = message({ content: "another slip" });
    await publish(node.broker, "message.deleted", { messageId: late._id });
    await tell({ ...told, messages: [m, late] });
    for (const user of [2, 3]) expect((await node.list(user)).map((n) => n.content)).toEqual(["stays"]);
  });

  test("another's notification can't be read, marked or deleted, nor told from none", async () => {
    await tell(fact());
    const notificationId = (await node.list(2))[0]!._id;
    for (const id of [notificationId, newId()])
      for (const action of ["get", "read", "delete"] as const)
        await expect(node.as(3, `notifications.${action}`, { notificationId: id })).rejects.toMatchObject({
          type: "NOTFOUND",
        });
    expect(await count(2)).toBe(1);
  });

  test("without a caller nothing answers", async () => {
    await expect(call(node.broker, "notifications.list", { limit: 20 })).rejects.toMatchObject({
      type: "AUTH_INVALID",
    });
  });

  test("lists are newest first, paged by time or by the last one's id, unread only where asked", async () => {
    const at = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString();
    await tell(fact({ messages: numbers(5).map((n) => message({ content: `m${n}`, created_at: at(n > 4 ? 4 : n) })) }));
    const page = (params: object) => node.as(2, "notifications.list", { limit: 2, ...params });
    const first = await page({});
    expect(first.map((n) => n.content)).toEqual(["m5", "m4"]);
    const second = await page({ before: first[1]!._id });
    expect(second.map((n) => n.content)).toEqual(["m3", "m2"]);
    expect((await page({ before: at(4) })).map((n) => n.content)).toEqual(["m3", "m2"]);
    await node.as(2, "notifications.read", { notificationId: first[0]!._id });
    expect((await page({ unreadOnly: true })).map((n) => n.content)).toEqual(["m4", "m3"]);
  });

  test("where thousands are in a conversation lists are what they are where few are", async () => {
    const at = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString();
    await tell(fact({ messages: numbers(2_500).map((n) => message({ content: `m${n}`, created_at: at(n) })) }));
    const seen: string[] = [];
    for (let before: string | undefined; ;) {
      const page = await node.as(2, "notifications.list", { limit: 100, ...(before ? { before } : {}) });
      seen.push(...page.map(({ content }) => content));
      if (page.length < 100) break;
      before = page.at(-1)!._id;
    }
    expect(seen).toEqual(
      numbers(2_500)
        .reverse()
        .map((n) => `m${n}`),
    );
    const [newest] = await node.as(2, "notifications.list", { limit: 1 });
    await node.as(2, "notifications.read", { notificationId: newest!._id });
    const unread = await node.as(2, "notifications.list", { limit: 2, unreadOnly: true });
    expect(unread.map(({ content }) => content)).toEqual(["m2499", "m2498"]);
  });

  test("preferences merge field by field and are kept", async () => {
    const id = newId();
    const set = (s: object) => node.as(2, "notifications.preferences", { set: s });
    await set({ types: { system: false } });
    await set({ conversations: { [id]: "mentions" } });
    const now = await set({ dnd: { from: "22:00", to: "07:00", timezone: "Europe/Berlin" } });
    expect(now).toEqual({
      types: { message: true, group_invite: true, system: false },
      dnd: { from: "22:00", to: "07:00", timezone: "Europe/Berlin" },
      conversations: { [id]: "mentions" },
    });
    expect(await node.as(2, "notifications.preferences", {})).toEqual(now);
    expect((await set({ dnd: null })).dnd).toBeNull();
    await expect(set({ dnd: { from: "25:00", to: "07:00", timezone: "UTC" } })).rejects.toMatchObject({ code: 422 });
    await expect(set({ dnd: { from: "22:00", to: "07:00", timezone: "Nowhere" } })).rejects.toMatchObject({
      type: "BAD_REQUEST",
    });
  });

  test("preferences name ten thousand conversations, set at once or one by one, and no more", async () => {
    const levels = (from: number, count: number) => ({
      conversations: Object.fromEntries(
        Array.from({ length: count }, (_, n) => [(from + n).toString(16).padStart(24, "0"), "mentions" as const]),
      ),
    });
    const set = (from: number, count: number) =>
      node.as(7, "notifications.preferences", { set: levels(from, count) }).then(
        ({ conversations }) => Object.keys(conversations).length,
        (error: { type: string }) => error.type,
      );
    expect([await set(0, 9_999), await set(9_999, 1), await set(10_000, 1), await set(0, 10)]).toEqual([
      9_999,
      10_000,
      "TOO_LARGE",
      10_000,
    ]);
  });

  test("preferences count from the next message on, muted members hear nothing", async () => {
    await tell(fact({ recipients: [1, 2, 3] }));
    await node.as(2, "notifications.preferences", { set: { types: { message: false } } });
    await tell(fact({ recipients: [1, 2, 3], muted: [3] }));
    expect([await count(2), await count(3)]).toEqual([1, 1]);
  });

  test("in the do-not-disturb hours it is stored and counted, but not announced", async () => {
    await node.online(2);
    await node.as(2, "notifications.preferences", { set: { dnd: { from: "00:00", to: "00:00", timezone: "UTC" } } });
    await tell(fact());
    expect(node.events(2, "notification:created")).toEqual([]);
    expect(node.events(2, "notification:count")).toEqual([{ count: 1 }]);
  });

  test("in a group over 50 only those named, and those who ask for all", async () => {
    const recipients = numbers(60);
    const messages = [message({ mentions: [2] })];
    const conversationId = messages[0]!.conversation_id;
    await node.as(3, "notifications.preferences", { set: { conversations: { [conversationId]: "all" } } });
    await tell(fact({ type: "group", name: "Crew", recipients, messages }));
    expect([await count(2), await count(3), await count(4)]).toEqual([1, 1, 0]);
  });

  test("a group of 1,000 that asks for all gets all 999, in slices", async () => {
    await tell(
      fact({ type: "group", name: "Crew", recipients: numbers(1000), messages: [message({ mention_all: true })] }),
    );
    expect(await Promise.all(numbers(1000).map(count))).toEqual([0, ...Array<number>(999).fill(1)]);
  });

  test("a users service that is down costs the name, not the notification", async () => {
    node.world.failProfiles = true;
    await tell(fact());
    expect(await node.list(2)).toMatchObject([{ title: "New message" }]);
  });

  test("a renamed sender has the new name, in what was there before, too", async () => {
    await tell(fact());
    node.world.users.set(1, { username: "Ann", created_at: "2026-01-01T00:00:00.000Z" });

    await node.broker.broadcast("users.changed", { userId: 1, profile: { user_id: 1, username: "Ann" } });
    await tell(fact({ messages: [message({ created_at: "2030-01-01T00:00:00.000Z" })] }));
    expect((await node.list(2)).map((n) => n.title)).toEqual(["Ann", "Ann"]);
  });

  test("an invitation to a group makes one for the invited", async () => {
    const invite = {
      factId: "f",
      conversationId: newId(),
      name: "Crew",
      userId: 5,
      actorId: 1,
      at: new Date().toISOString(),
    };
    await publishFact(node.broker, "group_invite.created", invite);
    await publishFact(node.broker, "group_invite.created", invite);
    expect(await node.list(5)).toMatchObject([
      { type: "group_invite", related_id: invite.conversationId, title: "user 1 added you to Crew" },
    ]);
  });

  test("ping is answered by a pong", async () => {
    await node.online(2);
    const { timestamp } = await node.as(2, "notifications.ping", { action: "ping" });
    expect(node.events(2, "pong")).toEqual([{ timestamp }]);
  });

  describe("a broadcast", () => {
    const past = "2026-01-01T00:00:00.000Z";
    const say = (roles: "admin" | "user") =>
      call(
        node.broker,
        "notifications.broadcast",
        { title: "Hear", content: "all" },
        { meta: { caller: caller(9, roles) } },
      );

    test("is for admins only", async () => {
      await expect(say("user")).rejects.toMatchObject({ type: "FORBIDDEN" });
    });
    test("reaches all users there are, page by page, and no late joiner", async () => {
      for (const id of numbers(1203)) node.world.users.set(id, { username: `u${id}`, created_at: past });
      node.world.users.set(2000, { username: "late", created_at: "2040-01-01T00:00:00.000Z" });
      await node.online(7);
      await say("admin");
      await until(async () => (await count(1203)) === 1);
      expect(await Promise.all(numbers(1203).map(count))).toEqual(Array<number>(1203).fill(1));
      expect(await count(2000)).toBe(0);
      expect(await node.list(7)).toMatchObject([{ type: "system", title: "Hear", content: "all", related_id: null }]);
      await until(() => node.events(7, "notification:created").length === 1);
    });
    test("goes out once the bus takes it again", async () => {
      node.world.users.set(1, { username: "u1", created_at: past });
      await say("admin");
      await say("admin");
      await until(async () => (await count(1)) === 2);
    });
  });

  test("the badge equals a recount, whatever happens at once", async () => {
    await node.online(2, 3);
    const act = fc.tuple(
      fc.constantFrom("new", "again", "read", "readAll", "delete"),
      fc.constantFrom(2, 3),
      fc.nat(50),
    );
    const facts: MessageFact[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
        await Promise.all(
          acts.map(async ([what, userId, n]) => {
            if (what === "new" || (what === "again" && facts.length === 0)) {
              const f = fact({ recipients: [1, userId] });
              facts.push(f);
              return tell(f);
            }
            if (what === "again") return tell(facts[n % facts.length]!);
            if (what === "readAll") return void (await node.as(userId, "notifications.readAll", {}));
            const own = await node.list(userId);
            const one = own[n % Math.max(own.length, 1)];
            if (!one) return;
            await node.as(userId, `notifications.${what}`, { notificationId: one._id }).catch((error) => {
              if (error.type !== "NOTFOUND") throw error;
            });
          }),
        );
        for (const userId of [2, 3]) {
          const own = (await node.as(userId, "notifications.list", { limit: 100 })).filter((x) => !x.is_read).length;
          expect(Math.min(await count(userId), 100)).toBe(own);
          const told = node.events(userId, "notification:count").at(-1)?.count ?? 0;
          expect(told).toBe(await count(userId));
        }
      }),
      { numRuns: 8 },
    );
  });
});

test("read ones past their age are removed at start, unread and young ones stay, and all survive a restart", async () => {
  const old = "2020-01-01T00:00:00.000Z";
  const node = await notificationsNode();
  await publishFact(
    node.broker,
    "message.created",
    fact({ messages: [message({ created_at: old }), message({ created_at: old }), message()] }),
  );
  const [, second] = await node.list(2);
  await node.as(2, "notifications.read", { notificationId: second!._id });
  const { DATA_DIR } = (await import("../../platform/env")).envOf(node.broker);
  await node.broker.stop();
  const again = await notificationsNode({ DATA_DIR });
  await until(async () => (await again.list(2)).length === 2);
  await sleep(50);
  expect((await again.list(2)).map((n) => n.is_read)).toEqual([false, false]);
  await again.broker.stop();
});
