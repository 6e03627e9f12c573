/**
 * The log of facts on a real document store with two nodes that write it at once, replayed by a reader that dies anywhere;
 * and its channel over a real RabbitMQ. MONGODB_URI names another store than FerretDB. LONG=1: 100,000 facts, which FerretDB
 * does not manage (docs/facts.md).
 */
import { Middleware as channels } from "@moleculer/channels";
import { ServiceBroker } from "moleculer";
import { codeOf } from "../../contracts/errors";
import { type Happened } from "../../contracts/facts";
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { factChannelContract } from "../support/fact-channel";
import { eventually } from "../support/eventually";
import { startMongoOnPostgres, hasFerretdb } from "../support/ferretdb";
import { type Node, notificationsNode } from "../support/notifications";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "../support/rabbitmq";
import { type Server } from "../support/servers";

const FACTS = process.env.LONG ? 100_000 : 2_000;
const CONVERSATIONS = 20;
const BATCH = 100;

/** As an outbox does, and a reader: what could not be done now, or may have been all the same, is tried again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (codeOf(error) !== "UNAVAILABLE") throw error;
    }
}

const { MONGODB_URI } = process.env;
(MONGODB_URI !== undefined || hasFerretdb() ? describe : describe.skip)("on a document store", () => {
  let server: Server | undefined;
  const nodes: Node[] = [];
  beforeAll(async () => {
    if (MONGODB_URI === undefined) server = await startMongoOnPostgres();
    const uri = server?.url ?? MONGODB_URI ?? "";
    for (let n = 0; n < 2; n++) nodes.push(await notificationsNode({ MONGODB_URI: uri }));
  });
  afterAll(async () => {
    for (const { broker } of nodes) await broker.stop();
    await server?.stop();
  });

  const conversations = Array.from({ length: CONVERSATIONS }, newId);
  const at = new Date().toISOString();
  const fact = (n: number): Happened => ({
    ...{ type: "member.added", key: `k${n}`, at },
    data: { conversationId: conversations[n % CONVERSATIONS], userId: 1, actorId: 1, n },
  });

  test("two nodes that write at once give each fact one position, without a gap, in the order of each conversation", async () => {
    // Each conversation has one outbox, which waits for the answer; a tenth of all is told again, by the other node.
    const own = async (node: number): Promise<void> => {
      for (let n = 0; n < FACTS; n += BATCH * 2) {
        const batch = Array.from({ length: BATCH * 2 }, (_, i) => n + i).filter(
          (i) => (i % CONVERSATIONS) % 2 === node,
        );
        const record = (which: number, facts: Happened[]) =>
          patiently(() => call(nodes[which]!.broker, "notifications.record", { log: "facts", facts }));
        await record(node, batch.map(fact));
        await record(1 - node, batch.slice(0, BATCH / 10).map(fact));
      }
    };
    await Promise.all([own(0), own(1)]);
    const heard: { position: number; n: number; conversationId: string }[] = [];
    let [position, deaths] = [0, 0];
    for (let last = 1; position < last;) {
      const reader = nodes[deaths % 2]!; // it comes back to another node
      const asked = { log: "facts", from: position, limit: 500, waitMs: 0 };
      const page = await patiently(() => call(reader.broker, "notifications.awaitFacts", asked));
      last = page.last;
      // It dies within every page but the last, at another place each time, and goes on after what it has digested.
      const digested =
        page.position < last ? page.facts.slice(0, 1 + ((deaths++ * 37) % page.facts.length)) : page.facts;
      for (const one of digested)
        heard.push({ position: one.position, ...(one.data as { n: number; conversationId: string }) });
      position = heard.at(-1)?.position ?? 0;
    }
    expect(deaths).toBeGreaterThan(2);
    expect(heard.map((one) => one.position)).toEqual(Array.from({ length: FACTS }, (_, i) => i + 1));
    expect(new Set(heard.map(({ n }) => n)).size).toBe(FACTS);
    for (const id of conversations) {
      const order = heard.filter(({ conversationId }) => conversationId === id).map(({ n }) => n);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  }, 1_200_000);
});

(hasRabbitmq() ? describe : describe.skip)("the channel over RabbitMQ", () => {
  let rabbit: Rabbitmq;
  let runs = 0;
  beforeAll(async () => {
    rabbit = (await startRabbit()) as Rabbitmq;
  });
  afterAll(() => rabbit?.stop());
  beforeEach(() => void runs++);

  test("a product's own process hears it by the library's own adapter, as the guide says", async () => {
    const namespace = `product${runs}`;
    const node = await notificationsNode({ FACTS_CHANNEL: "on", RABBITMQ_URL: rabbit.url, NAMESPACE: namespace });
    const product = new ServiceBroker({
      ...{ namespace, nodeID: "product", logger: false },
      middlewares: [channels({ adapter: { type: "AMQP", options: { amqp: { url: rabbit.url } } } } as never) as never],
    });
    const positions: number[] = [];
    const handler = (told: { position: number }): Promise<void> => Promise.resolve(void positions.push(told.position));
    product.createService({ name: "crm", channels: { "fact.told": { group: "crm", maxInFlight: 1, handler } } });
    await product.start();
    const data = { conversationId: newId(), userId: 1, actorId: 1 };
    const facts = Array.from({ length: 20 }, (): Happened => {
      return { type: "member.added", key: newId(), at: new Date().toISOString(), data };
    });
    await call(node.broker, "notifications.record", { log: "facts", facts });
    await eventually(() => expect([...new Set(positions)]).toEqual(Array.from({ length: 20 }, (_, i) => i + 1)));
    await product.stop();
    await node.broker.stop();
  });

  factChannelContract(() => ({ RABBITMQ_URL: rabbit.url, NAMESPACE: `channel${runs}` }));
});
