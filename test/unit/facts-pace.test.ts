/** Batches, shares of the time, and attempts. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../../contracts/errors";
import { batched, lateness, Pace, shareNow } from "../../platform/facts/pace";
import { attempt } from "../../platform/facts/retry";

const one = { weight: () => 1, max: 10 };

describe("batches", () => {
  test("the first item goes at once, what comes meanwhile goes together, in order", async () => {
    const batches: number[][] = [];
    const add = batched<number>(async (items) => {
      batches.push([...items]);
      await sleep(5);
    }, one);
    await Promise.all([1, 2, 3, 4].map(add));
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });
  test("a batch is no heavier than its bound, unless a single item is", async () => {
    const batches: number[][] = [];
    const add = batched<number>((items) => Promise.resolve(void batches.push([...items])), {
      weight: (n) => n,
      max: 10,
    });
    await Promise.all([1, 4, 6, 50, 3].map(add));
    expect(batches).toEqual([[1], [4, 6], [50], [3]]);
  });
  test("one that can't be digested spoils no other of its batch", async () => {
    const done: number[] = [];
    const add = batched<number>(async (items) => {
      await sleep(1);
      if (items.includes(3)) throw new Error("not 3");
      done.push(...items);
    }, one);
    const results = await Promise.allSettled([1, 2, 3, 4].map(add));
    expect(results.map((r) => r.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(done).toEqual([1, 2, 4]);
  });
  test("a store that is down is not asked again for each item", async () => {
    let asked = 0;
    const add = batched<number>(() => {
      asked++;
      return Promise.reject(fail("UNAVAILABLE"));
    }, one);
    const results = await Promise.allSettled([1, 2, 3, 4].map(add));
    expect(results.every((r) => r.status === "rejected")).toBe(true);
    expect(asked).toBe(2);
  });
});

describe("a share of the time", () => {
  const beside = { least: 0.05, most: 0.5, idle: 1, late: 0.75 };
  const alike = { least: 0.01, most: 0.1 };
  const quiet = { utilization: 0, isIdle: false, late: 0 };
  test.each([
    ["a part of what others leave", beside, { utilization: 0.4 }, 0.3],
    ["the least where they leave nothing", beside, { utilization: 1 }, 0.05],
    ["all of it while they do nothing, whatever they did before", beside, { utilization: 1, isIdle: true }, 1],
    ["more and more of it for what is late", beside, { utilization: 1, late: 0.5 }, 0.4],
    ["as much as that for what is as late as it counts", beside, { utilization: 1, late: 1 }, 0.75],
    ["no less for what is late than for what is not", beside, { utilization: 0, late: 0.1 }, 0.5],
    ["no more on an idle node where that is not said", alike, { isIdle: true }, 0.1],
    ["the same least where late work has none of its own", alike, { utilization: 1, late: 1 }, 0.01],
  ])("%s", (_name, share, seen, expected) => {
    expect(shareNow(share, { ...quiet, ...seen })).toBeCloseTo(expected);
  });
  test("what has just come is not late, and nothing is later than late", () => {
    expect([-5_000, 0, 5_000, 10_000, 15_000, 1e12].map(lateness)).toEqual([0, 0, 0, 0.5, 1, 1]);
    expect(lateness(-Infinity)).toBe(0);
  });

  /** A slice of 20 ms that notes when it ended. */
  const slice =
    (end: { at: number }, fails = false) =>
    async (): Promise<void> => {
      await sleep(20);
      end.at = performance.now();
      if (fails) throw new Error("no");
    };
  const startOf = (pace: Pace): Promise<number> => pace.run(() => Promise.resolve(performance.now()));
  const always = (share: number): Pace => new Pace(() => ({ least: share, most: share }));

  test("a slice is followed by rest in proportion", async () => {
    const pace = always(0.25);
    const end = { at: 0 };
    await pace.run(slice(end));
    expect((await startOf(pace)) - end.at).toBeGreaterThanOrEqual(55);
  });
  test("the rest is longer where the process is busy, down to the least share", async () => {
    const pace = new Pace(() => ({ least: 0.1, most: 1 }));
    const end = { at: 0 };
    await pace.run(slice(end));
    let busy = true;
    const turn = (): void => void (busy && setImmediate(turn));
    turn(); // the loop is never idle
    const began = await startOf(pace);
    busy = false;
    expect(began - end.at).toBeGreaterThanOrEqual(100);
  });
  test("a slice that fails rests, too", async () => {
    const pace = always(0.5);
    const end = { at: 0 };
    await expect(pace.run(slice(end, true))).rejects.toThrow("no");
    expect((await startOf(pace)) - end.at).toBeGreaterThanOrEqual(18);
  });
  test("with the whole of the time there is no rest", async () => {
    const pace = always(1);
    const end = { at: 0 };
    const both = Promise.all([pace.run(slice(end)).then(() => startOf(pace))]);
    expect((await both)[0] - end.at).toBeLessThan(1_000);
  });
});

describe("attempts", () => {
  const never = new AbortController().signal;
  test("one more than there are delays, then it is given up with its last error", async () => {
    let tries = 0;
    const givenUp = await attempt(() => Promise.reject(new Error(`no ${++tries}`)), [1, 1], never);
    expect(givenUp).toEqual({ error: "no 3", attempts: 3 });
  });
  test("what is unavailable counts for nothing", async () => {
    let tries = 0;
    const work = (): Promise<void> => (++tries < 8 ? Promise.reject(fail("UNAVAILABLE")) : Promise.resolve());
    expect(await attempt(work, [1], never)).toBeUndefined();
  });
  test("a wait that is ended decides nothing", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 10);
    await expect(attempt(() => Promise.reject(new Error("no")), [60_000], stop.signal)).rejects.toThrow(/abort/);
  });
});
