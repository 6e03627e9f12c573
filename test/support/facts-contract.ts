/** What every carrier of durable facts promises; run on each of them. */
import { type ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../../contracts/errors";
import { deadLetters, publishFact, replayDeadLetters } from "../../platform/facts";
import { broadcast, factsBroker, type Listener, publishAtLast, tempDir, until } from "./facts";

export function factsContract(rabbitUrl: () => string | undefined): void {
  let broker: ServiceBroker | undefined;
  let where: Parameters<typeof factsBroker>[0];
  let runs = 0;

  beforeEach(() => {
    where = { dataDir: tempDir(), rabbit: rabbitUrl(), namespace: `n${process.pid}${runs++}` };
  });
  afterEach(async () => {
    await broker?.stop();
    broker = undefined;
  });
  const start = async (...listeners: Listener[]): Promise<ServiceBroker> =>
    (broker = await factsBroker(where, listeners));

  test("a fact reaches every consumer group once", async () => {
    const heard: string[] = [];
    const b = await start(
      { group: "one", hear: (f) => void heard.push(`one ${f.factId}`) },
      { group: "two", hear: (f) => void heard.push(`two ${f.factId}`) },
    );
    await publishFact(b, "system.broadcast", broadcast("a"));
    await until(() => heard.length >= 2);
    await sleep(50);
    expect(heard.sort()).toEqual(["one a", "two a"]);
  });

  test("a fact without a consumer is refused, not lost", async () => {
    const b = await start();
    await expect(publishFact(b, "system.broadcast", broadcast("a"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
  });

  test("a fact published on a stopping node is refused, not lost in silence", async () => {
    const b = await start({ group: "one", hear: () => undefined });
    await b.stop();
    await expect(publishFact(b, "system.broadcast", broadcast("a"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
  });

  test("the publisher hears nothing of a handler's failure: it is tried again, each time after its delay", async () => {
    const at: number[] = [];
    const b = await start({
      group: "one",
      delays: [100, 200],
      hear: () => {
        at.push(performance.now());
        if (at.length < 3) throw new Error("not yet");
      },
    });
    await publishFact(b, "system.broadcast", broadcast("a"));
    await until(() => at.length === 3);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(95);
    expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(195);
    expect(await deadLetters(b, 10)).toEqual([]);
  });

  test("a store that is down makes no dead letter, however long it is down", async () => {
    let tries = 0;
    const b = await start({
      group: "one",
      delays: [5],
      hear: () => {
        if (++tries < 10) throw fail("UNAVAILABLE");
      },
    });
    await publishFact(b, "system.broadcast", broadcast("a"));
    await until(() => tries === 10);
    expect(await deadLetters(b, 10)).toEqual([]);
  });

  test("a poison fact becomes a dead letter of its group alone, the consumer lives, replay hands it in again", async () => {
    const heard: string[] = [];
    let mended = false;
    const b = await start(
      {
        group: "one",
        delays: [5, 5],
        hear: (f) => {
          if (f.factId === "poison" && !mended) throw new Error("can't digest this");
          heard.push(f.factId);
        },
      },
      { group: "two", hear: () => undefined },
    );
    await publishFact(b, "system.broadcast", broadcast("poison"));
    await until(async () => (await deadLetters(b, 10)).length > 0);
    await publishFact(b, "system.broadcast", broadcast("fine"));
    await until(() => heard.includes("fine"));

    const [letter, ...others] = await deadLetters(b, 10);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ fact: "system.broadcast", group: "one", error: "can't digest this", attempts: 3 });
    expect(letter?.payload).toEqual(broadcast("poison"));

    expect(await replayDeadLetters(b, 10, ["none of them"])).toBe(0);
    mended = true;
    expect(await replayDeadLetters(b, 10, [letter!.id])).toBe(1);
    await until(() => heard.includes("poison"));
    expect(await deadLetters(b, 10)).toEqual([]);
  });

  test("dead letters outlive the node", async () => {
    const poisoned: Listener = {
      group: "one",
      delays: [],
      hear: () => {
        throw new Error("no");
      },
    };
    const b = await start(poisoned);
    await publishFact(b, "system.broadcast", broadcast("a"));
    await until(async () => (await deadLetters(b, 10)).length === 1);
    await b.stop();
    expect(await deadLetters(await start(poisoned), 10)).toMatchObject([{ payload: broadcast("a") }]);
  });

  test("5,000 facts from 50 publishers: every one arrives, none twice, and the handler is never swamped", async () => {
    const heard: string[] = [];
    let now = 0;
    let most = 0;
    const b = await start({
      group: "one",
      maxInFlight: 20,
      hear: async (f) => {
        most = Math.max(most, ++now);
        await sleep(1);
        now--;
        heard.push(f.factId);
      },
    });
    await Promise.all(
      Array.from({ length: 50 }, async (_, publisher) => {
        for (let n = 0; n < 100; n++) await publishAtLast(b, broadcast(`${publisher}.${n}`));
      }),
    );
    await until(() => heard.length >= 5000);
    expect(new Set(heard).size).toBe(5000);
    expect(heard).toHaveLength(5000);
    expect(most).toBeLessThanOrEqual(20);
  });

  test("a stopping consumer ends what it has in hand, and does not wait for what only waits to be tried again", async () => {
    let ended = false;
    const b = await start({
      group: "one",
      delays: [60_000],
      hear: async (f) => {
        if (f.factId === "failing") throw new Error("again in a minute");
        await sleep(200);
        ended = true;
      },
    });
    const published = Promise.allSettled([
      publishFact(b, "system.broadcast", broadcast("failing")),
      publishFact(b, "system.broadcast", broadcast("slow")),
    ]);
    await sleep(100);
    const began = Date.now();
    await b.stop();
    await published;
    expect(ended).toBe(true);
    expect(Date.now() - began).toBeLessThan(4_000);
  });
}
