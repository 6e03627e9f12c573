/** What the channel of facts promises to a service around this, whatever carries it. */
import { type ServiceBroker, type ServiceSchema } from "moleculer";
import { type Happened } from "../../contracts/facts";
import { type Payload } from "../../contracts/events";
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { consume } from "../../platform/facts";
import { type Node, notificationsNode } from "./notifications";
import { tempDir } from "./facts";
import { eventually } from "./eventually";

type Told = Payload<"fact.told">;
const at = new Date().toISOString();

/** A service of a product: the group `crm`, one fact in hand. */
const listener = (hear: (fact: Told) => Promise<void> | void): ServiceSchema => ({
  name: "crm",
  channels: {
    "fact.told": consume("fact.told", async (fact) => void (await hear(fact)), {
      maxInFlight: 1,
      delays: [10, 10, 10],
    }),
  },
});

export function factChannelContract(vars: () => Record<string, string>): void {
  let node: Node | undefined;
  let n = 0;
  afterEach(() => node?.broker.stop());

  const start = async (dir: string): Promise<ServiceBroker> => {
    node = await notificationsNode({ FACTS_CHANNEL: "on", DATA_DIR: dir, ...vars() });
    return node.broker;
  };
  const listen = (broker: ServiceBroker, hear: (fact: Told) => Promise<void> | void): void =>
    void broker.createService(listener(hear));
  const happen = async (broker: ServiceBroker, many: number): Promise<void> => {
    const facts = Array.from({ length: many }, (): Happened => {
      const data = { conversationId: newId(), userId: 1, actorId: 1, n: ++n };
      return { type: "member.added", key: newId(), at, data };
    });
    await call(broker, "notifications.record", { log: "facts", facts });
  };
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
  beforeEach(() => (n = 0));

  test("a group hears all there is and all that comes, in the order of the log", async () => {
    const broker = await start(tempDir());
    await happen(broker, 150); // nobody listens yet: it waits
    const heard: Told[] = [];
    listen(broker, (fact) => void heard.push(fact));
    await happen(broker, 3);
    await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(153));
    expect([...new Set(heard.map(({ position }) => position))]).toEqual(upTo(153));
    expect(heard[0]).toMatchObject({ position: 1, type: "member.added", data: { n: 1 } });
  });

  test("what a handler could not digest comes again, and the ones after it after it", async () => {
    const broker = await start(tempDir());
    const digested: number[] = [];
    let failures = 0;
    listen(broker, ({ position }) => {
      if (position === 3 && failures++ < 2) throw new Error("not now");
      digested.push(position);
    });
    await happen(broker, 5);
    await eventually(() => expect(digested).toContain(5));
    expect(failures).toBe(3);
    expect([...new Set(digested)]).toEqual(upTo(5));
  });

  test("the next node goes on from the cursor: nothing is missing, whenever the one before ended", async () => {
    const dir = tempDir();
    const heard: number[] = [];
    for (let life = 1; life <= 3; life++) {
      const broker = await start(dir);
      listen(broker, ({ position }) => void heard.push(position));
      await happen(broker, 40);
      await eventually(() => expect(heard.length).toBeGreaterThan((life - 1) * 40)); // it ends somewhere in the middle
      if (life < 3) await broker.stop();
    }
    await eventually(() => expect([...new Set(heard)]).toEqual(upTo(120)));
  });
}
