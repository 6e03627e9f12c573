/** Traces through the whole system: what a message sets off is found under one id, from the door to the notification. */
import { type Collector, startCollector, type SentSpan } from "../support/collector";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

let collector: Collector;
let system: System;
let ann: Account;
let bob: Account;
let a: Client;
let conversationId: string;

beforeAll(async () => {
  collector = await startCollector();
  const DATA_DIR = await readyDataDir();
  system = await startSystem({ env: { TRACE_URL: collector.url, DATA_DIR } });
  [ann, bob] = [await register(system.url), await register(system.url)];
  a = await Client.connect(system.url, ann.token);
  const group = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
  conversationId = group._id;
});
afterAll(async () => {
  a?.close();
  await system?.stop();
  collector?.close();
});

const sent = (): SentSpan[] => collector.spans.filter((span) => span.name === "message:send");
const of = (traceId: string): SentSpan[] => collector.spans.filter((span) => span.traceId === traceId);

test("a message is one trace: door, action, turn, store, delivery, fact, notification", async () => {
  const before = sent().length;
  await a.ok("message:send", { conversationId, content: "a whisper to nobody else" });
  await eventually(() => {
    expect(sent()).toHaveLength(before + 1);
    const trace = of(sent().at(-1)?.traceId ?? "");
    expect(trace.map((span) => span.name)).toEqual(
      expect.arrayContaining([
        "message:send",
        "action 'chat.send'",
        "turn of a conversation",
        "documents transaction",
        "action 'api.deliver'",
        "facts of messages",
        "message.created in notifications",
      ]),
    );
    // Every step but the first hangs from another one of the same trace.
    const ids = new Set(trace.map((span) => span.id));
    expect(trace.filter((span) => !span.parentId || !ids.has(span.parentId)).map((span) => span.name)).toEqual([
      "message:send",
    ]);
  });
  expect(collector.raw.join("")).not.toContain("whisper");
});

test("messages that share a turn have it in the trace of each", async () => {
  const before = sent().length;
  const many = [...Array(20).keys()].map((n) => a.ok("message:send", { conversationId, content: `${n}` }));
  await Promise.all(many);
  await eventually(() => {
    const roots = sent().slice(before);
    expect(new Set(roots.map((root) => root.traceId)).size).toBe(20);
    const turns = roots.map((root) => of(root.traceId).filter((span) => span.name === "turn of a conversation"));
    expect(turns.map((spans) => spans.length)).toEqual(Array(20).fill(1));
    const guests = turns.flat().filter(({ tags }) => tags.sharedWith !== undefined);
    expect(guests.length).toBeGreaterThan(0);
  });
});

test("a message over REST is a trace, too, named by its request id where Zipkin takes that", async () => {
  // Of its own, where no earlier message waits for the bus: a fact of several is handled in the trace of the first.
  const { _id: own } = await a.ok("conversation:create", { participantIds: [bob.id], name: "quiet" });
  for (const [id, shown] of [
    ["00000000000000aa", /^00000000000000aa$/],
    ["no-hex-at:all", /^[\da-f]{16}$/],
  ] as const) {
    const sending = { token: ann.token, headers: { "x-request-id": id }, body: { content: "over REST" } };
    await request(system.url, "POST", `/conversations/${own}/messages`, sending);
    await eventually(() => {
      const root = collector.spans.findLast((span) => span.name.startsWith("POST /conversations/"));
      expect(root?.traceId).toMatch(shown);
      expect(of(root?.traceId ?? "").map((span) => span.name)).toContain("message.created in notifications");
    });
  }
});
