/** The demo client's rule for what it is told twice, late or out of order. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the page's own module, plain JavaScript
const { Timeline } = require("../../web/js/timeline.js");

const message = (seq: number, more: object = {}) => ({
  _id: `m${seq}`,
  seq,
  version: 1,
  sender_id: 1,
  content: `text ${seq}`,
  attachments: [],
  reactions: {},
  status: "sent",
  delivery_info: [],
  seen_by: [],
  ...more,
});
const seqs = (timeline: any): number[] => timeline.entries.map((m: any) => m.seq);

function timelineOf(...messages: object[]) {
  const timeline = new Timeline();
  timeline.addPage(messages, 40);
  return timeline;
}

test("a message that comes by event and again by sync is shown once", () => {
  const timeline = timelineOf(message(1), message(2));
  expect(timeline.apply(message(2))).toBe("known");
  expect(seqs(timeline)).toEqual([1, 2]);
});

test("what comes late takes its place by seq", () => {
  const timeline = timelineOf(message(1));
  for (const seq of [4, 2, 3]) timeline.apply(message(seq));
  expect(seqs(timeline)).toEqual([1, 2, 3, 4]);
});

test("an older version does not undo a newer one", () => {
  const timeline = timelineOf(message(1, { version: 3, content: "edited twice" }));
  expect(timeline.apply(message(1, { version: 2, content: "edited once" }))).toBe("known");
  expect(timeline.get("m1").content).toBe("edited twice");
});

test("a newer version replaces, and a deletion empties", () => {
  const timeline = timelineOf(message(1), message(2));
  expect(timeline.apply(message(1, { version: 2, content: "edited" }))).toBe("changed");
  timeline.markDeleted("m2");
  expect(timeline.entries.map((m: any) => m.content)).toEqual(["edited", ""]);
});

test("a gap in seq shows, but not before the first page is here", () => {
  expect(timelineOf(message(5)).gapBefore(message(6))).toBe(false);
  expect(timelineOf(message(5)).gapBefore(message(7))).toBe(true);
  expect(new Timeline().gapBefore(message(7))).toBe(false);
});

test("a message on its way stands last and gives way to its stored copy", () => {
  const timeline = timelineOf(message(1));
  timeline.addPending({ clientId: "c", content: "mine" });
  timeline.apply(message(2));
  expect(timeline.entries.map((m: any) => m.pending === true)).toEqual([false, false, true]);
  timeline.apply(message(3, { clientId: "c" }));
  expect(timeline.entries.map((m: any) => m.pending === true)).toEqual([false, false, false]);
});

test("the status of a message is the lowest of its recipients'", () => {
  const timeline = timelineOf(message(1));
  timeline.recipients = 2;
  timeline.setStatus({ messageId: "m1", userId: 2, status: "read", timestamp: "t" });
  expect(timeline.get("m1")).toMatchObject({ status: "sent", seen_by: [2] });
  timeline.setStatus({ messageId: "m1", userId: 3, status: "delivered", timestamp: "t" });
  expect(timeline.get("m1").status).toBe("delivered");
  timeline.setStatus({ messageId: "m1", userId: 2, status: "delivered", timestamp: "t" });
  expect(timeline.get("m1").delivery_info.find((d: any) => d.user_id === 2).status).toBe("read");
});

test("reading up to a seq marks what others sent up to there, and nothing after", () => {
  const timeline = timelineOf(message(1), message(2), message(3));
  timeline.setRead({ userId: 2, seq: 2, timestamp: "t" });
  expect(timeline.entries.map((m: any) => m.status)).toEqual(["read", "read", "sent"]);
});

test("a reaction taken back leaves no trace", () => {
  const timeline = timelineOf(message(1));
  timeline.setReaction({ messageId: "m1", userId: 2, emoji: "👍", added: true });
  timeline.setReaction({ messageId: "m1", userId: 2, emoji: "👍", added: true });
  expect(timeline.get("m1").reactions).toEqual({ "👍": [2] });
  timeline.setReaction({ messageId: "m1", userId: 2, emoji: "👍", added: false });
  expect(timeline.get("m1").reactions).toEqual({});
});
