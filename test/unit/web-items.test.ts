/** Which rows a run of messages makes. */
import { itemsOf } from "../../web/src/chat/items";

type Message = Parameters<typeof itemsOf>[0][number];

const ME = 1;
const at = (minutes: number): string => new Date(Date.UTC(2030, 0, 15, 12, minutes)).toISOString();
const message = (seq: number, sender_id: number, created_at: string, type = "text"): Message => ({
  state: "sent",
  key: `m${seq}`,
  seq,
  sender_id,
  created_at,
  type,
});
const kinds = (messages: readonly Message[], read = Infinity, complete = false): string[] =>
  itemsOf(messages, read, complete, ME).map((item) =>
    item.kind === "message" ? `${item.first ? "first" : "next"} ${item.key}` : item.kind,
  );

test("messages of one person within five minutes stand together, under their day", () => {
  const all = [message(1, 2, at(0)), message(2, 2, at(4)), message(3, 2, at(10)), message(4, 3, at(11))];
  expect(kinds(all)).toEqual(["day", "first m1", "next m2", "first m3", "first m4"]);
});

test("what is new begins with a line, once, and never with one's own words", () => {
  const all = [message(1, 2, at(0)), message(2, ME, at(1)), message(3, 2, at(2)), message(4, 2, at(3))];
  expect(kinds(all, 1)).toEqual(["day", "first m1", "first m2", "new", "first m3", "next m4"]);
  expect(kinds([message(5, ME, at(0))], 4)).toEqual(["day", "first m5"]);
});

test("what the system says stands alone, a day apart has a line of its own, and the first of all says so", () => {
  const all = [message(1, 2, at(0), "system"), message(2, 2, at(1)), message(3, 2, at(24 * 60 + 1))];
  expect(kinds(all, Infinity, true)).toEqual(["start", "day", "first m1", "first m2", "day", "first m3"]);
});
