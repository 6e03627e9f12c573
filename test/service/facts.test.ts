/** Durable facts without a broker. */
import { type ServiceBroker } from "moleculer";
import { publishFact } from "../../platform/facts";
import { broadcast, factsBroker, tempDir } from "../support/facts";
import { factsContract } from "../support/facts-contract";

describe("facts in process", () => {
  factsContract(() => undefined);

  let broker: ServiceBroker | undefined;
  afterEach(() => broker?.stop());

  test("a fact is safe when all groups have handled it, and not before", async () => {
    const order: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    broker = await factsBroker({ dataDir: tempDir() }, [
      { group: "quick", hear: () => void order.push("quick") },
      { group: "slow", hear: () => gate.then(() => void order.push("slow")) },
    ]);
    const published = publishFact(broker, "system.broadcast", broadcast("a")).then(() => order.push("safe"));
    setTimeout(open, 50);
    await published;
    expect(order).toEqual(["quick", "slow", "safe"]);
  });

  test("past 500 facts under way it refuses at once, and takes more when they are done", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const b = (broker = await factsBroker({ dataDir: tempDir() }, [{ group: "slow", hear: () => gate }]));
    const under = Array.from({ length: 500 }, (_, n) => publishFact(b, "system.broadcast", broadcast(String(n))));
    await expect(publishFact(b, "system.broadcast", broadcast("one more"))).rejects.toMatchObject({
      type: "UNAVAILABLE",
    });
    open();
    await Promise.all(under);
    await publishFact(b, "system.broadcast", broadcast("now"));
  });
});
