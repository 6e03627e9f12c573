/** Packets that say no more than is new: what arrives is what would have arrived, and earlier versions are spoken to as before. */
import { Errors, ServiceBroker } from "moleculer";
import { encodeOnce, keptText } from "../../platform/encoded";
import { spoken } from "../../platform/transporter/packets";
import { canBeTold, onSaid, say, tersePackets } from "../../platform/transporter/terse";
import { eventually } from "../support/eventually";

const message = { seq: 7, content: 'ö \u2028 "quoted"', reply_to: null, custom: { at: "2026-01-01T00:00:00.000Z" } };
const at = new Date(0);

const own = { metadata: { ...spoken }, middlewares: [tersePackets()] };
const earlier = { metadata: { bundles: true } };
const made = (nodeID: string, options: object): ServiceBroker =>
  new ServiceBroker({
    nodeID,
    namespace: "terse",
    transporter: "Fake",
    serializer: "Notepack",
    logger: false,
    ...options,
  });
const [a, b, old] = [made("a", own), made("b", own), made("old", earlier)];
const heard: unknown[] = [];

beforeAll(async () => {
  for (const broker of [a, b, old])
    broker.createService({
      name: broker.nodeID,
      actions: {
        kept: () => {
          const answer = { ...message };
          encodeOnce(answer);
          return answer;
        },
        plain: () => ({ at }),
        none: () => undefined,
        fails: () => {
          throw new Errors.MoleculerClientError("no", 422, "NO", { why: message });
        },
        meta: (ctx: { meta: object }) => ctx.meta,
        heard: (ctx: { params: unknown }) => void heard.push(ctx.params),
      },
      events: {
        "**": ({ eventName }: { eventName: string }) => void (eventName.startsWith("$") || heard.push(eventName)),
      },
    });
  await Promise.all([a, b, old].map((broker) => broker.start()));
  for (const broker of [a, b, old]) await broker.waitForServices(["a", "b", "old"], 10_000, 10);
});
afterAll(async () => {
  await Promise.all([a, old].map((broker) => broker.stop()));
});
beforeEach(() => heard.splice(0));

const callers = [
  ["this version", "b", a],
  ["this version, of an earlier one", "old", a],
  ["an earlier version, of this one", "b", old],
] as const;

test.each(callers)(
  "a caller of %s gets what was answered, whatever it was, and its meta stays what it was",
  async (_who, callee, caller) => {
    const meta = { caller: { userId: 1 }, requestId: "r" };
    expect(await caller.call(`${callee}.kept`, {}, { meta })).toEqual(message);
    expect(await caller.call(`${callee}.plain`, {}, { meta })).toEqual({ at });
    expect((await caller.call(`${callee}.none`, {}, { meta })) ?? "nothing").toBe("nothing");
    await expect(caller.call(`${callee}.fails`, {}, { meta })).rejects.toMatchObject({
      code: 422,
      data: { why: message },
    });
    expect(await caller.call(`${callee}.meta`, {}, { meta })).toEqual({ caller: { userId: 1 }, requestId: "r" });
    expect(meta).toEqual({ caller: { userId: 1 }, requestId: "r" });
  },
);

test("of an answer that was encoded already the text arrives too, and need not be made again", async () => {
  expect(keptText(await a.call("b.kept"))).toBe(JSON.stringify(message));
  expect(keptText(await a.call("b.plain"))).toBeUndefined();
  expect(keptText(await a.call("old.kept"))).toBeUndefined();
});

test("what is said arrives once and in order with what is asked, and no service hears of it", async () => {
  onSaid(b, "news", (said: unknown) => heard.push(said));
  const all = [say(a, "b", "news", 1), a.call("b.heard", 2), say(a, "b", "news", { at }), a.call("b.heard", 4)];
  await Promise.all(all);
  expect(heard).toEqual([1, 2, { at }, 4]);
});

test("what nobody listens for is dropped, and who fails at it hears the next all the same", async () => {
  onSaid(b, "news", (n: number) => {
    if (n === 1) throw new Error("can't bear it");
    heard.push(n);
  });
  for (const n of [1, 2]) await say(a, "b", "news", n);
  await say(a, "b", "other", 3);
  await say(a, "b", "news", 4);
  onSaid(b, "news", undefined);
  await say(a, "b", "news", 5);
  await a.call("b.heard", "the end");
  expect(heard).toEqual([2, 4, "the end"]);
});

test("an earlier version, a node that is gone and one that never was can't be told", async () => {
  expect([canBeTold(a, "old"), canBeTold(a, "b"), canBeTold(a, "nobody")]).toEqual([false, true, false]);
  await b.stop();
  await eventually(() => expect(canBeTold(a, "b")).toBe(false));
});
