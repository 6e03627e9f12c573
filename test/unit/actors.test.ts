import { Actors, defaultLimits, Flawed, type Envelope, type Limits } from "../../mixins/actors";
import { Fenced, Overfull } from "../../platform/fenced";

interface Counter {
  key: string;
  n: number;
}
const setup = (over: Partial<Limits> = {}, turn?: (s: Counter, l: readonly Envelope<string>[]) => Promise<void>) => {
  const seen = { loads: 0, batches: [] as string[][] };
  const actors = new Actors<Counter, string>(
    {
      load: (key) => {
        seen.loads++;
        return key === "broken" ? Promise.reject(new Error("no such thing")) : Promise.resolve({ key, n: 0 });
      },
      turn: async (state, envelopes) => {
        seen.batches.push(envelopes.map((l) => l.command));
        await turn?.(state, envelopes);
        await new Promise((r) => setImmediate(r));
        for (const l of envelopes) l.resolve(++state.n);
        return true;
      },
    },
    { ...defaultLimits, ...over },
  );
  return { actors, seen };
};

describe("actors", () => {
  it("run the commands of one key one turn at a time, in order", async () => {
    const { actors, seen } = setup();
    const replies = await Promise.all(["a", "b", "c", "d"].map((c) => actors.tell("k", c)));
    expect(replies).toEqual([1, 2, 3, 4]);
    expect(seen.batches.flat()).toEqual(["a", "b", "c", "d"]);
    await actors.stop(100);
  });

  it("begin no turn while another of the same key is under way", async () => {
    let under = 0;
    let most = 0;
    const { actors, seen } = setup({}, async () => {
      most = Math.max(most, ++under);
      await new Promise((r) => setImmediate(r));
      under--;
    });
    const first = actors.tell("k", "a");
    await Promise.resolve();
    const more = [actors.tell("k", "b"), actors.tell("k", "c")];
    await Promise.all([first, ...more]);
    expect([most, seen.loads, seen.batches]).toEqual([1, 1, [["a"], ["b", "c"]]]);
    await actors.stop(100);
  });

  it("share a turn among commands that wait, but not more than the bound", async () => {
    const { actors, seen } = setup({ batch: 3 });
    await Promise.all(["a", "b", "c", "d", "e"].map((c) => actors.tell("k", c)));
    expect(seen.batches).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    await actors.stop(100);
  });

  it("refuse at once when the mailbox is full", async () => {
    const { actors } = setup({ mailbox: 2 });
    const [a, b, c] = [actors.tell("k", "a"), actors.tell("k", "b"), actors.tell("k", "c")];
    await expect(c).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await expect(Promise.all([a, b])).resolves.toEqual([1, 2]);
    await actors.stop(100);
  });

  it("tell every waiting command why the state could not be loaded, and try again for the next", async () => {
    const { actors, seen } = setup();
    await expect(actors.tell("broken", "a")).rejects.toThrow("no such thing");
    await expect(actors.tell("broken", "b")).rejects.toThrow("no such thing");
    expect(seen.loads).toBe(2);
    expect(actors.stats().active).toBe(0);
    await actors.stop(100);
  });

  it("refuse a command that can't be decided, and go on with all others of its turn on fresh state", async () => {
    const { actors, seen } = setup({}, (_s, envelopes) => {
      const bad = envelopes.find((e) => e.command.startsWith("bad"));
      return bad ? Promise.reject(new Flawed(bad, new TypeError(bad.command))) : Promise.resolve();
    });
    const commands = Array.from({ length: 40 }, (_, i) => (i % 4 === 1 ? `bad ${i}` : `good ${i}`));
    const outcomes = await Promise.allSettled(commands.map((c) => actors.tell("k", c)));
    expect(outcomes.map((o, i) => o.status === "fulfilled" || (o.reason as Error).message === commands[i])).toEqual(
      commands.map(() => true),
    );
    expect(outcomes.flatMap((o) => (o.status === "fulfilled" ? [o.value] : []))).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    expect(seen.loads).toBe(11);
    await actors.stop(100);
  });

  it("run a turn again that is fenced after many commands could not be decided", async () => {
    let fences = 5;
    const { actors } = setup({}, (s, envelopes) => {
      const bad = envelopes.find((e) => e.command.startsWith("bad"));
      if (bad) return Promise.reject(new Flawed(bad, new TypeError(bad.command)));
      return fences-- > 0 ? Promise.reject(new Fenced(s.key)) : Promise.resolve();
    });
    const commands = [...Array.from({ length: 10 }, (_, i) => `bad ${i}`), "good"];
    const outcomes = await Promise.allSettled(commands.map((c) => actors.tell("k", c)));
    expect(outcomes.at(-1)).toEqual({ status: "fulfilled", value: 1 });
    await actors.stop(100);
  });

  it("run a fenced turn again on fresh state", async () => {
    let first = true;
    const { actors, seen } = setup({}, (s) => {
      if (!first) return Promise.resolve();
      first = false;
      return Promise.reject(new Fenced(s.key));
    });
    await expect(actors.tell("k", "a")).resolves.toBe(1);
    expect(seen.loads).toBe(2);
    await actors.stop(100);
  });

  it("run a turn that is too much at once in parts, in order, and refuse one command that is", async () => {
    const weigh = (s: Counter, l: readonly Envelope<string>[]) =>
      l.length > 2 || l[0]?.command === "huge" ? Promise.reject(new Overfull(s.key)) : Promise.resolve();
    const { actors, seen } = setup({}, weigh);
    const sent = ["a", "b", "c", "d", "e", "huge"].map((c) => actors.tell("k", c));
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.slice(0, 5).map((o) => o.status)).toEqual(Array(5).fill("fulfilled"));
    expect(outcomes[5]).toMatchObject({ reason: { type: "TOO_LARGE" } });
    expect(seen.batches.filter((b) => b.length <= 2 && b[0] !== "huge").flat()).toEqual(["a", "b", "c", "d", "e"]);
    await actors.stop(100);
  });

  it("answer UNAVAILABLE when a turn is fenced for ever", async () => {
    const { actors, seen } = setup({}, (s) => Promise.reject(new Fenced(s.key)));
    await expect(actors.tell("k", "a")).rejects.toMatchObject({ type: "UNAVAILABLE" });
    expect(seen.loads).toBe(6);
    await actors.stop(100);
  });

  it("drop their state when a turn fails, for memory may be ahead of the store", async () => {
    let fails = true;
    const { actors, seen } = setup({}, () => (fails ? Promise.reject(new Error("disk")) : Promise.resolve()));
    await expect(actors.tell("k", "a")).rejects.toThrow("disk");
    fails = false;
    await expect(actors.tell("k", "b")).resolves.toBe(1);
    expect(seen.loads).toBe(2);
    await actors.stop(100);
  });

  it("leave, a tenth of them and the least recently used first, when there are too many", async () => {
    const { actors, seen } = setup({ actors: 20 });
    for (let i = 0; i < 20; i++) await actors.tell(`k${i}`, "a");
    await actors.tell("k0", "used again");
    expect(actors.stats().active).toBe(20);
    await actors.tell("k20", "one too many");
    expect(actors.list().map(({ key }) => key)).toEqual([
      ...Array.from({ length: 17 }, (_, i) => `k${i + 3}`),
      "k0",
      "k20",
    ]);
    await actors.tell("k1", "anew");
    expect(seen.loads).toBe(22);
    await actors.stop(100);
  });

  it("make room of the idle ones alone", async () => {
    const held = new Map<string, () => void>();
    const { actors } = setup({ actors: 10 }, (s) =>
      s.key === "busy" ? new Promise((resolve) => held.set(s.key, resolve)) : Promise.resolve(),
    );
    const busy = actors.tell("busy", "a");
    for (let i = 0; i < 10; i++) await actors.tell(`k${i}`, "a");
    const keys = actors.list().map(({ key }) => key);
    expect([keys.includes("busy"), keys.includes("k0"), keys.length]).toEqual([true, false, 10]);
    held.get("busy")?.();
    await busy;
    await actors.stop(100);
  });

  it("leave when they were idle for long, and not while they are at work or were used lately", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
    try {
      let release = (): void => undefined;
      const { actors } = setup({ idle: 1_000 }, (s) =>
        s.key === "busy" ? new Promise((resolve) => (release = resolve)) : Promise.resolve(),
      );
      const busy = actors.tell("busy", "a");
      await actors.tell("idle", "a");
      jest.advanceTimersByTime(999);
      await actors.tell("used", "a");
      await new Promise((r) => setImmediate(r));
      jest.advanceTimersByTime(1);
      expect(actors.list()).toEqual([
        { key: "busy", waiting: 0, idleMs: 1_000 },
        { key: "used", waiting: 0, idleMs: 1 },
      ]);
      release();
      await busy;
      await new Promise((r) => setImmediate(r));
      jest.advanceTimersByTime(1_000);
      expect(actors.stats()).toEqual({ active: 0, waiting: 0 });
      await actors.stop(100);
    } finally {
      jest.useRealTimers();
    }
  });

  it("say how many commands wait, and for which", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { actors } = setup({}, () => held);
    const told = [actors.tell("a", "1"), actors.tell("b", "1")];
    await new Promise((r) => setImmediate(r));
    told.push(actors.tell("b", "2"), actors.tell("b", "3"), actors.tell("a", "2"));
    expect(actors.stats()).toEqual({ active: 2, waiting: 3 });
    expect(actors.list().map(({ key, waiting }) => [key, waiting])).toEqual([
      ["b", 2],
      ["a", 1],
    ]);
    release();
    await Promise.all(told);
    await actors.stop(100);
  });

  it("that do not end in time don't hold up a stop, and those that do end it at once", async () => {
    const hanging = setup({}, () => new Promise(() => undefined));
    void hanging.actors.tell("k", "a");
    await hanging.actors.stop(30);
    const { actors } = setup({}, (s) => (s.key === "idle" ? Promise.resolve() : new Promise((r) => setTimeout(r, 50))));
    await actors.tell("idle", "a");
    const waiting = actors.tell("k", "a");
    let ended = false;
    void waiting.then(() => (ended = true));
    const before = Date.now();
    await actors.stop(100_000);
    expect(ended).toBe(true);
    expect(Date.now() - before).toBeLessThan(50_000);
  });

  it("stay one to a key, though all are busy when one more comes, and a stop waits for that one, too", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { actors, seen } = setup({ actors: 2 }, () => held);
    const replies = ["k0", "k1", "k2"].map((key) => actors.tell(key, "first"));
    await new Promise((r) => setImmediate(r));
    replies.push(...["k0", "k1", "k2"].map((key) => actors.tell(key, "second")));
    expect(actors.stats().active).toBe(3);
    let stopped = false;
    const stopping = actors.stop(5_000).then(() => (stopped = true));
    await new Promise((r) => setTimeout(r, 30));
    expect(stopped).toBe(false);
    release();
    await stopping;
    await expect(Promise.all(replies)).resolves.toEqual([1, 1, 1, 2, 2, 2]);
    expect(seen.loads).toBe(3);
  });

  it("finish what waits when they stop, and take nothing new", async () => {
    const { actors } = setup();
    const waiting = actors.tell("k", "a");
    const stopped = actors.stop(1_000);
    await expect(actors.tell("k", "b")).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await stopped;
    await expect(waiting).resolves.toBe(1);
  });
});
