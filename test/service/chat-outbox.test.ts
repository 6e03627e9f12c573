import { fail } from "../../contracts/errors";
import { LocalFacts } from "../../platform/facts/local";
import { eventually } from "../support/eventually";
import { OutboxBench } from "../support/outbox";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const ids = (n: number): string[] => upTo(n).map((i) => `c${String(i).padStart(3, "0")}`);

let bench: OutboxBench;
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  const { counted, held } = bench.memory();
  expect(counted).toBe(held);
  await bench.stop();
});

/** Everything heard once and in order, and the store knows that it is safe. */
const allTold = (id: string, n: number): Promise<void> =>
  eventually(() => {
    expect(bench.seqs(id)).toEqual(upTo(n));
    expect(bench.conversations.get(id)).toMatchObject({ published_seq: n, outbox: false });
  });

describe("the outbox", () => {
  it("works off a burst above each of its bounds though nothing comes any more and nobody sweeps", async () => {
    bench = await OutboxBench.start({ messages: 10, fact: 3, page: 4, atOnce: 2 });
    for (let round = 0; round < 20; round++) for (const id of ids(5)) bench.store(id, 2);
    expect(bench.outbox.stats()).toMatchObject({ waiting: 200 });
    for (const id of ids(5)) await allTold(id, 40);
    expect(bench.outbox.stats()).toEqual({ waiting: 0, oldest: 0 });
  });

  it("has everything in the log, once and in order, while notifications take their time", async () => {
    bench = await OutboxBench.start({ fact: 3, atOnce: 2 });
    let hear = (): void => undefined;
    bench.deaf = new Promise((resolve) => (hear = resolve));
    for (let round = 0; round < 10; round++) for (const id of ids(5)) bench.store(id, 2);
    const logged = (id: string): string[] => bench.logged.filter((key) => key.startsWith(`${id}-`));
    for (const id of ids(5)) await eventually(() => expect(logged(id)).toEqual(upTo(20).map((n) => `${id}-${n}`)));
    expect(bench.heard).toEqual([]);
    hear();
    for (const id of ids(5)) await allTold(id, 20);
    expect(bench.logged).toHaveLength(100);
  });

  it("leaves conversations above its bound to the sweep, which finds each of them", async () => {
    bench = await OutboxBench.start({ conversations: 2 });
    for (const id of ids(5)) bench.store(id, 3);
    for (const id of ids(2)) await allTold(id, 3);
    await eventually(async () => {
      await bench.outbox.sweep();
      for (const id of ids(5)) expect(bench.seqs(id)).toEqual(upTo(3));
    });
  });

  it("loses and doubles nothing that is stored while it reads", async () => {
    bench = await OutboxBench.start({ messages: 2, page: 3 });
    let release = (): void => undefined;
    bench.held = new Promise((resolve) => (release = resolve));
    bench.store("c", 5); // more than memory takes: read from the store
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      bench.store("c", 1);
    }
    bench.held = undefined;
    release();
    await new Promise((resolve) => setImmediate(resolve));
    bench.store("c", 1);
    await allTold("c", 10);
  });

  it("counts what is in memory once where it changes while it is read", async () => {
    bench = await OutboxBench.start({ messages: 2, page: 3 });
    let release = (): void => undefined;
    bench.held = new Promise((resolve) => (release = resolve));
    bench.store("c", 5);
    await new Promise((resolve) => setTimeout(resolve, 5));
    bench.edit("c");
    release();
    await eventually(() => expect(bench.changed).toEqual(["c-5"]));
    expect(bench.seqs("c")).toEqual(upTo(5));
    expect(bench.memory()).toEqual({ counted: 0, held: 0 });
  });

  it.each(["read", "heard", "refused"] as const)(
    "counts nothing of a conversation that ends while it is %s",
    async (when) => {
      bench = await OutboxBench.start(when === "read" ? { messages: 2, page: 3 } : { fact: 2 });
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      bench[when === "read" ? "held" : "deaf"] = held;
      const publish = jest.spyOn(LocalFacts.prototype, "publish");
      if (when === "refused") publish.mockImplementation(() => held.then(() => Promise.reject(new TypeError("a bug"))));
      bench.store("c", 6);
      await new Promise((resolve) => setTimeout(resolve, 5));
      bench.end("c");
      release();
      await eventually(() => expect(bench.outbox["busy"].size).toBe(0));
      publish.mockRestore();
      expect(bench.memory()).toEqual({ counted: 0, held: 0 });
    },
  );

  it("publishes nothing behind a gap: what lies between is read first", async () => {
    bench = await OutboxBench.start();
    bench.store("c", 1);
    await allTold("c", 1);
    bench.store("c", 1, false); // by another actor
    bench.store("c", 1);
    await allTold("c", 3);
  });

  it("tells a change of what another node has stored only after that, and stands still for nobody meanwhile", async () => {
    bench = await OutboxBench.start({ settle: [600_000, 600_000] });
    bench.store("c", 1);
    await eventually(() => expect(bench.seqs("c")).toEqual([1]));
    bench.store("c", 2, false); // by another actor
    bench.edit("c");
    await eventually(() => expect(bench.seqs("c")).toEqual([1, 2, 3]));
    await eventually(() => expect(bench.changed).toEqual(["c-3"]));
    expect(bench.outbox.stats()).toEqual({ waiting: 0, oldest: 0 });
    bench.store("c", 2);
    expect(bench.outbox.stats()).toMatchObject({ waiting: 2 });
  });

  it("goes on by itself, in order, when the bus was away", async () => {
    bench = await OutboxBench.start({ messages: 10, fact: 3 });
    const publish = jest.spyOn(LocalFacts.prototype, "publish").mockRejectedValue(fail("UNAVAILABLE", "away"));
    for (const id of ids(3)) bench.store(id, 8);
    await eventually(() => expect(publish.mock.calls.length).toBeGreaterThan(3));
    expect(bench.heard).toEqual([]);
    expect(bench.outbox.stats().waiting).toBe(24);
    publish.mockRestore();
    for (const id of ids(3)) await allTold(id, 8);
  });

  describe("while what is stored can't be told", () => {
    let publish: jest.SpyInstance;
    const away = (): void =>
      void (publish = jest.spyOn(LocalFacts.prototype, "publish").mockRejectedValue(fail("UNAVAILABLE", "away")));
    const back = (): void => publish.mockRestore();

    it("a turn that was not stored after all changes nothing of it, neither its words nor for whom they are", async () => {
      bench = await OutboxBench.start();
      away();
      const { conversation } = bench.store("c", 1);
      // What a turn does before its write, which then fails.
      Object.assign(bench.messages[0]!, { deleted_at: new Date() });
      Object.assign(conversation, { participants: [] });
      bench.outbox.doubt("c");
      back();
      await allTold("c", 1);
      expect(bench.heard).toEqual([{ id: "c", seq: 1, to: [1] }]);
    });

    it("what is deleted is told to nobody any more", async () => {
      bench = await OutboxBench.start();
      away();
      bench.store("c", 1);
      bench.edit("c", { deleted_at: new Date() });
      back();
      await eventually(() => expect(bench.changed).toEqual(["c-1"]));
      expect(bench.heard).toEqual([]);
    });
  });

  it("is not held up by a conversation whose messages can't be told", async () => {
    bench = await OutboxBench.start({ atOnce: 1 });
    bench.store("broken", 1, false);
    Object.assign(bench.messages[0]!, { created_at: "no date" });
    await bench.outbox.sweep();
    bench.store("c", 3);
    await allTold("c", 3);
    expect(bench.seqs("broken")).toEqual([]);
    expect(bench.conversations.get("broken")?.outbox).toBe(true);
  });

  it("sweeps once at a time, however slow the store is", async () => {
    bench = await OutboxBench.start();
    bench.store("c", 2, false);
    let release = (): void => undefined;
    bench.held = new Promise((resolve) => (release = resolve));
    const sweeps = [bench.outbox.sweep(), bench.outbox.sweep(), bench.outbox.sweep()];
    expect(bench.reads).toBe(1);
    release();
    await Promise.all(sweeps);
    await allTold("c", 2);
  });

  it("finds what a dead process left, and wakes its actor so that it is told live, too", async () => {
    const woken: string[] = [];
    bench = await OutboxBench.start({}, (id) => Promise.resolve(woken.push(id)));
    for (const id of ids(600)) bench.store(id, 1, false); // more than one page of the sweep
    await bench.outbox.sweep();
    for (const id of ids(600)) await allTold(id, 1);
    expect(woken).toEqual(ids(600));
  });

  it("tells how long the oldest has been waiting", async () => {
    bench = await OutboxBench.start({ fact: 1 });
    let release = (): void => undefined;
    bench.held = new Promise((resolve) => (release = resolve));
    bench.store("c", 3, false);
    const old = new Date(Date.now() - 60_000);
    bench.messages.forEach((m) => Object.assign(m, { created_at: old }));
    bench.conversations.get("c")!.updated_at = old;
    const sweep = bench.outbox.sweep();
    release();
    await sweep;
    expect(bench.outbox.stats().oldest).toBeGreaterThanOrEqual(60);
    await allTold("c", 3);
    expect(bench.outbox.stats().oldest).toBe(0);
  });

  it("writes its cursor when it stops, so that the next process tells nothing again", async () => {
    bench = await OutboxBench.start({ settle: [600_000, 600_000] });
    bench.store("c", 3);
    await eventually(() => expect(bench.seqs("c")).toEqual(upTo(3)));
    expect(bench.conversations.get("c")?.published_seq).toBe(0);
    await bench.outbox.stop();
    expect(bench.conversations.get("c")).toMatchObject({ published_seq: 3, outbox: false });
  });

  it("writes its cursor now and then also where a conversation is never quiet", async () => {
    bench = await OutboxBench.start({ settle: [100, 150] });
    await eventually(() => {
      bench.store("c", 1);
      expect(bench.conversations.get("c")!.published_seq).toBeGreaterThan(0);
    });
  });
});
