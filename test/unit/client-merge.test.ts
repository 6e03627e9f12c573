/** How what is told later joins what is known: in any order, any number of times, the same comes out. */
import fc from "fast-check";
import { type Message } from "../../client/src";
import { asDeleted, newer, withReaction, withReadUpTo } from "../../client/src/merge";
import { Ranges } from "../../client/src/ranges";
import { Timeline } from "../../client/src/timeline";

const message = (over: Partial<Message> = {}): Message => ({
  _id: "a".repeat(24),
  conversation_id: "b".repeat(24),
  seq: 1,
  version: 1,
  sender_id: 1,
  type: "text",
  content: "words",
  attachments: [],
  custom: {},
  reply_to: null,
  mentions: [],
  reactions: {},
  pinned_at: null,
  pinned_by: null,
  status: "sent",
  delivery_info: [],
  seen_by: [],
  delivered_at: null,
  read_at: null,
  created_at: "2030-01-01T00:00:00.000Z",
  updated_at: "2030-01-01T00:00:00.000Z",
  edited_at: null,
  deleted_at: null,
  ...over,
});
const read = { user_id: 2, status: "read" as const, timestamp: null };
const got = { user_id: 2, status: "delivered" as const, timestamp: null };

test("an older version changes nothing, a newer one takes its place", () => {
  const [one, two] = [message(), message({ version: 2, content: "other words" })];
  expect(newer(two, one, 1)).toBe(two);
  expect(newer(one, two, 1).content).toBe("other words");
});

test("once deleted, always deleted, whatever comes late", () => {
  const deleted = asDeleted(message(), "2030-01-01T00:00:01.000Z");
  expect(newer(deleted, message({ version: 9, content: "late" }), 1)).toBe(deleted);
  expect(deleted.content).toBe("");
});

test("receipts only grow, also where an older version brings them", () => {
  const known = message({ version: 2, delivery_info: [got], status: "delivered" });
  expect(newer(known, message({ delivery_info: [read], status: "read" }), 1)).toMatchObject({
    version: 2,
    status: "read",
  });
  const seen = withReadUpTo(known, { userId: 2, seq: 1, timestamp: null }, "read", 1);
  expect(newer(seen, message({ version: 3, delivery_info: [got], status: "delivered" }), 1)).toMatchObject({
    version: 3,
    status: "read",
    seen_by: [2],
  });
});

test("a reaction that does not agree with the server's counts is noticed", () => {
  const event = { messageId: "a", conversationId: "b", userId: 2, emoji: "👍", added: true, version: 2 };
  expect(withReaction(message(), { ...event, counts: { "👍": 1 } })[1]).toBe(true);
  expect(withReaction(message(), { ...event, counts: { "👍": 2 } })[1]).toBe(false);
  expect(withReaction(message({ reactions: { "❤️": [3] } }), { ...event, counts: { "👍": 1 } })[1]).toBe(false);
});

test("a reaction brings the message's version along, so that an edit of it is no conflict", () => {
  const event = { messageId: "a", conversationId: "b", userId: 2, emoji: "👍", added: true, counts: { "👍": 1 } };
  const [once, whole] = withReaction(message(), { ...event, version: 2 });
  expect([once.version, once.reactions, whole]).toEqual([2, { "👍": [2] }, true]);
  expect(withReaction(once, { ...event, version: 2 })).toEqual([once, true]);
  // Something between was missed: the server's copy is asked for, and must be the newer one.
  const [behind, complete] = withReaction(message(), { ...event, version: 3 });
  expect([behind.version, complete]).toEqual([1, false]);
});

test("copies of messages in any order, any number of times, end in the newest of each", () => {
  const copy = fc.record({ seq: fc.integer({ min: 1, max: 8 }), version: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(fc.array(copy, { maxLength: 60 }), (copies) => {
      const timeline = new Timeline();
      for (const { seq, version } of copies) {
        timeline.apply(message({ seq, version, _id: `${seq}`.padStart(24, "0"), content: `v${version}` }));
        timeline.covered.add(seq, seq);
      }
      for (const seq of new Set(copies.map((c) => c.seq))) {
        const newest = Math.max(...copies.filter((c) => c.seq === seq).map((c) => c.version));
        expect(timeline.at(seq)).toMatchObject({ version: newest, content: `v${newest}` });
      }
      const [first] = copies;
      const run = first ? timeline.run(first.seq).map((m) => m.seq) : [];
      expect(run).toEqual(run.map((_s, i) => (run[0] ?? 0) + i));
    }),
  );
});

test("runs of numbers are what a set of them would be", () => {
  const add = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(fc.array(add), fc.nat(60), fc.nat(70), (adds, cut, at) => {
      const ranges = new Ranges(adds);
      ranges.cutBelow(cut);
      const set = new Set<number>();
      for (const [from, to] of adds) for (let n = Math.max(from, cut); n <= to; n++) set.add(n);
      expect(ranges.around(at) !== undefined).toBe(set.has(at));
      let reach = at;
      while (set.has(reach + 1)) reach++;
      expect(ranges.reach(at)).toBe(reach);
    }),
  );
});
