/** Pages of notifications: whichever way one pages, nothing is missing and nothing comes twice. */
import fc from "fast-check";
import { newId } from "../../mixins/documents";
import { publish } from "../../platform/bus";
import { publishFact } from "../../platform/facts";
import { idFor, keyOfMessage } from "../../services/notifications/ids";
import { contextOf } from "../../services/notifications/context";
import { fact, message, type Node, notificationsNode } from "../support/notifications";

let node: Node;
let reader = 1_000;
beforeAll(async () => {
  node = await notificationsNode();
});
afterAll(() => node.broker.stop());

const at = (second: number): string => new Date(Date.UTC(2026, 10, 1, 0, 0, second)).toISOString();

/** Messages of these seconds, each in one of a few conversations. */
async function filled(times: readonly { second: number; where: number }[]): Promise<number> {
  const userId = ++reader;
  const conversations = [newId(), newId(), newId()];
  for (const [where, conversation_id] of conversations.entries()) {
    const seconds = times.filter((t) => t.where === where).map((t) => t.second);
    const messages = seconds.sort((a, b) => a - b).map((s) => message({ conversation_id, created_at: at(s) }));
    if (messages.length) await publishFact(node.broker, "message.created", fact({ recipients: [1, userId], messages }));
  }
  return userId;
}

const someTimes = fc.array(fc.record({ second: fc.nat(4), where: fc.nat(2) }), { maxLength: 30 });
const ways = { id: (n: { _id: string }) => n._id, time: (n: { created_at: string }) => n.created_at };

describe.each(["id", "time"] as const)("by the %s of the last one", (way) => {
  it.each([{ group: false }, { group: true }, { unreadOnly: true }])("%o: all of them, each once", async (how) => {
    const property = fc.asyncProperty(someTimes, fc.integer({ min: 1, max: 7 }), async (times, limit) => {
      const userId = await filled(times);
      const all = await node.as(userId, "notifications.list", { limit: 100, ...how });
      const paged: typeof all = [];
      for (let before: string | undefined; ;) {
        const page = await node.as(userId, "notifications.list", { limit, ...how, ...(before ? { before } : {}) });
        paged.push(...page);
        const last = page.at(-1);
        if (!last) break;
        before = ways[way](last);
      }
      expect(paged.map(({ _id }) => _id)).toEqual(all.map(({ _id }) => _id));
      if (!how.group) expect(paged).toHaveLength(times.length);
      const firsts = times.length ? Math.min(limit, all.length) : 0;
      expect((await node.as(userId, "notifications.list", { limit, ...how })).length).toBeGreaterThanOrEqual(firsts);
    });
    await fc.assert(property, { numRuns: 25 });
  });
});

it("a page is longer than asked for only where its last one shares its time", async () => {
  const userId = await filled([1, 2, 3, 4].map((second) => ({ second, where: second % 3 })));
  expect(await node.as(userId, "notifications.list", { limit: 2 })).toHaveLength(2);
});

describe("a cursor goes on working", () => {
  const next = (userId: number, before: string) => node.as(userId, "notifications.list", { limit: 100, before });

  it.each(["deleted", "taken back with its message", "no longer theirs", "gone from the store"])(
    "when %s",
    async (how) => {
      const userId = ++reader;
      const messages = [1, 2, 3].map((s) => message({ created_at: at(s), mentions: [userId] }));
      const told = fact({ recipients: [1, userId], messages });
      await publishFact(node.broker, "message.created", told);
      const [, middle, oldest] = await node.as(userId, "notifications.list", { limit: 100 });
      const [, m] = messages;
      const { notifications } = contextOf(node.broker.getLocalService("notifications")).stores;
      const _id = keyOfMessage(m!._id);
      if (how === "deleted") await node.as(userId, "notifications.delete", { notificationId: middle!._id });
      else if (how === "no longer theirs") await notifications.updateOne({ _id }, { $pull: { recipients: userId } });
      else if (how === "gone from the store") await notifications.remove({ _id });
      else await publish(node.broker, "message.deleted", { messageId: m!._id });
      // What is gone from the store was older than anything that is kept; here nothing is.
      const expected = how === "gone from the store" ? [] : [oldest!._id];
      expect((await next(userId, middle!._id)).map((n) => n._id)).toEqual(expected);
    },
  );

  it("but another's is none", async () => {
    const [a, b] = [await filled([{ second: 1, where: 0 }]), await filled([{ second: 2, where: 0 }])];
    const [others] = await node.as(a, "notifications.list", { limit: 1 });
    await expect(next(b, others!._id)).rejects.toMatchObject({ type: "NOTFOUND" });
    await expect(next(b, idFor(newId(), a))).rejects.toMatchObject({ type: "NOTFOUND" });
  });
});
