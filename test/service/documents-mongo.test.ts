/** MongoDB that is down: waited for at start, UNAVAILABLE in time later, and back without a restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { mongo } from "mongoose";
import { readEnv } from "../../contracts/env";
import { type Collection, documents, type Documents, newId, storesOf } from "../../mixins/documents";
import { brokerOptions } from "../../moleculer.config";
import { eventually } from "../support/eventually";
import { startMongo } from "../support/ferretdb";
import { type Server } from "../support/servers";

jest.unmock("../../platform/patience"); // how long is waited for what is away is what some of these are about

interface Line {
  _id: string;
  n: number;
}
const collections = { lines: { name: "lines", indexes: [{ fields: ["n"], unique: true }] } as Collection<Line> };
const line = (n: number): Line => ({ _id: newId(), n });

// Only where npm test found a server: this file then starts one more, to kill it.
const withServer = process.env.TEST_MONGODB_URI ? describe : describe.skip;

withServer("MongoDB that comes and goes", () => {
  let server: Server;
  let dir: string;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const started = await startMongo();
    if (!started) throw new Error("there is no server to start and to kill");
    server = started;
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "documents-"));
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function node(lines: string[] = []): { broker: ServiceBroker; lines: () => Documents<Line> } {
    const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: dir, MONGODB_URI: server.url });
    const broker = new ServiceBroker(brokerOptions(env));
    jest.spyOn(broker.logger, "warn").mockImplementation((...args) => void lines.push(args.join(" ")));
    const service = broker.createService({ name: "lines", mixins: [documents(collections)] });
    stops.push(() => broker.stop());
    return { broker, lines: () => storesOf<typeof collections>(service).lines };
  }

  test("down at start: waited for with a line that names it, then all goes on", async () => {
    await server.kill();
    const said: string[] = [];
    const { broker, lines } = node(said);
    const starting = broker.start();
    await eventually(() => expect(said.join()).toContain("Waiting for MongoDB at mongodb://127.0.0.1"));
    await server.start();
    await starting;
    await lines().remove({});
    await lines().insert([line(1)]);
    expect(await lines().count({})).toBe(1);
  });

  test("gone again while it starts, with the connection made: waited for all the same", async () => {
    const broken = new mongo.MongoNetworkError("interrupted");
    const indexes = jest.spyOn(mongo.Collection.prototype, "createIndex").mockRejectedValueOnce(broken);
    const said: string[] = [];
    const { broker, lines } = node(said);
    await broker.start();
    expect(indexes.mock.calls.length).toBe(2);
    indexes.mockRestore();
    expect(said.join()).toContain("Waiting for MongoDB");
    await lines().remove({});
    await lines().insert([line(1)]);
    expect(await lines().count({})).toBe(1);
  });

  test.each([
    ["killed", () => server.kill(), () => server.start()],
    ["frozen", () => Promise.resolve(server.pause()), () => Promise.resolve(server.resume())],
  ])("%s later: every operation answers UNAVAILABLE, and works again when it is back", async (_how, down, up) => {
    const { broker, lines } = node();
    await broker.start();
    await lines().remove({});
    await lines().insert([line(1)]);
    await down();
    try {
      const began = Date.now();
      const answers = await Promise.allSettled([
        lines().insert([line(2)]),
        lines().find({}),
        lines().count({}),
        lines().updateOne({ n: 1 }, { $set: { n: 3 } }),
        lines().updateEach([{ filter: { n: 1 }, change: { $set: { n: 3 } } }]),
        lines().remove({ n: 7 }),
      ]);
      expect(Date.now() - began).toBeLessThan(30_000); // five seconds, on a machine that has other things to do
      for (const answer of answers)
        expect(answer).toMatchObject({ status: "rejected", reason: { type: "UNAVAILABLE" } });
    } finally {
      await up();
    }
    await eventually(async () => expect(await lines().count({})).toBeGreaterThan(0));
    await lines().insert([line(50)]);
    expect(await lines().findOne({ n: 50 })).toMatchObject({ n: 50 });
  });

  test("one service that stops leaves the connection to the others", async () => {
    const { broker, lines } = node();
    const other = broker.createService({
      name: "others",
      mixins: [documents({ words: { name: "words", indexes: [] } as Collection<Line> })],
    });
    await broker.start();
    await broker.destroyService(other);
    await lines().remove({});
    await lines().insert([line(1)]);
    expect(await lines().count({})).toBe(1);
  });

  test("a node that is stopped while it waits stops", async () => {
    await server.kill();
    const said: string[] = [];
    const { broker } = node(said);
    const starting = broker.start().catch((error: Error) => error.message);
    await eventually(() => expect(said.join()).toContain("Waiting"));
    await broker.stop();
    expect(await starting).toContain("stopped while waiting");
    await server.start();
  });
});
