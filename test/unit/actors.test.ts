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
    const { actors } = setup({}, (s) => Promise.reject(new Fenced(s.key)));
    await expect(actors.tell("k", "a")).rejects.toMatchObject({ type: "UNAVAILABLE" });
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

  it("leave, least recently used first, when there are too many", async () => {
    const { actors } = setup({ actors: 10 });
    for (let i = 0; i < 11; i++) await actors.tell(`k${i}`, "a");
    expect(actors.peek("k0")).toBeUndefined();
    expect(actors.peek("k9")).toBeDefined();
    expect(actors.stats().active).toBeLessThanOrEqual(10);
    await actors.stop(100);
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
