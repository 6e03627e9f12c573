/** What waits, as a client knows it: by acks, events and `sync`, which may come in any order. */
import { Later } from "../../client/src/later";
import { type Plans, type Reminder, type ScheduledMessage } from "../../client/src/protocol";

const at = (hour: number): string => `2030-01-01T${String(hour).padStart(2, "0")}:00:00.000Z`;
const one = (_id: string, hour = 1, changed = 0, content = _id): ScheduledMessage => ({
  ...{ _id, conversation_id: "c", content, attachments: [], replyTo: null, custom: {} },
  ...{ at: at(hour), status: "waiting", error: null, created_at: at(0), updated_at: at(changed) },
});
const note = (_id: string, hour = 1): Reminder => ({
  ...{ _id, message_id: null, conversation_id: null, text: _id },
  ...{ at: at(hour), created_at: at(0) },
});
const plans = (tag: string, scheduled: ScheduledMessage[] = [], reminders: Reminder[] = []): Plans => ({
  tag,
  scheduled,
  reminders,
});

let answer: (event: string, params: any) => unknown;
let later: Later;
beforeEach(() => {
  answer = () => ({});
  later = new Later(((event: string, params: unknown) => Promise.resolve(answer(event, params))) as never);
});
const known = (): string[] => {
  const { scheduled, reminders } = later.waiting.value;
  return [...scheduled, ...reminders].map(({ _id }) => _id);
};

test("what sync tells is all there is, and is told of no more under its tag", () => {
  expect(later.asking().tag).toBe("");
  expect(later.asking().take(plans("t1", [one("a")], [note("r")]))).toBe(true);
  expect(known()).toEqual(["a", "r"]);
  const { tag, take } = later.asking();
  expect([tag, take(undefined)]).toEqual(["t1", true]);
  later.asking().take(plans("t2"));
  expect(known()).toEqual([]);
});

test("events and acks are in it at once, in the order of their times", async () => {
  later.scheduled(one("b", 2));
  later.scheduled(one("a", 1));
  later.scheduled(one("b", 0, 1));
  expect(known()).toEqual(["b", "a"]);
  answer = () => note("r");
  await later.remind({ text: "r" }, new Date(0));
  answer = () => one("c", 3);
  await later.send("c", "c", new Date(0));
  expect(known()).toEqual(["b", "a", "c", "r"]);
  answer = () => ({});
  await later.cancel("a");
  await later.forget("r");
  expect(known()).toEqual(["b", "c"]);
});

test("what comes late of an earlier state changes nothing", () => {
  later.scheduled(one("a", 1, 2, "new"));
  later.scheduled(one("a", 1, 1, "old"));
  expect(later.waiting.value.scheduled.map(({ content }) => content)).toEqual(["new"]);
  later.ended("a");
  later.scheduled(one("a", 1, 3));
  later.ended("r");
  later.reminding(note("r"));
  expect(known()).toEqual([]);
});

test("what sync read before an event is not taken, and asked for again without a tag", () => {
  later.asking().take(plans("t1", [one("a")]));
  const { take } = later.asking();
  later.scheduled(one("b", 2)); // made after the server had read what it answers
  expect(take(plans("t2", [one("a")]))).toBe(false);
  expect(known()).toEqual(["a", "b"]);
  const again = later.asking();
  expect(again.tag).toBe("");
  expect(again.take(plans("t3", [one("a"), one("b", 2)]))).toBe(true);
});

test("what was taken back unheard is gone, though it is for the server as it was before", () => {
  later.asking().take(plans("t1"));
  later.scheduled(one("a")); // and taken back while this one was offline: the server's tag is t1 again
  const { tag, take } = later.asking();
  expect(tag).not.toBe("t1");
  take(plans("t1"));
  expect(known()).toEqual([]);
});

test("a refused ask changes nothing", async () => {
  later.scheduled(one("a"));
  answer = () => Promise.reject(new Error("CONFLICT"));
  await expect(later.cancel("a")).rejects.toThrow("CONFLICT");
  await expect(later.change("a", { content: "x" })).rejects.toThrow("CONFLICT");
  expect(later.waiting.value.scheduled).toEqual([one("a")]);
});

test("whoever watches is told of changes, and of nothing else; what is forgotten is nowhere", () => {
  const told: number[] = [];
  later.waiting.subscribe(({ scheduled }) => told.push(scheduled.length));
  later.scheduled(one("a"));
  later.asking().take(undefined);
  later.clear();
  expect(told).toEqual([0, 1, 0]);
});

test("of thousands that are over the last are remembered", () => {
  for (let i = 0; i < 3_000; i++) later.ended(`id ${i}`);
  later.scheduled(one("id 0"));
  later.scheduled(one("id 2999"));
  expect(known()).toEqual(["id 0"]);
});
