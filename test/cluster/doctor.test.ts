/** The doctor at a real RabbitMQ and a real document store: what is planted in their queues and indexes it finds. */
import { connect } from "amqplib";
import { readEnv } from "../../contracts/env";
import { connectOnce } from "../../mixins/documents/mongo/connection";
import { version } from "../../package.json";
import { metricsOf } from "../../platform/metrics";
import { stores } from "../../scripts/doctor/stores";
import { createNode } from "../../services/node";
import { eventually } from "../support/eventually";
import { hasFerretdb, startMongo } from "../support/ferretdb";
import { hasRabbitmq, startRabbit } from "../support/rabbitmq";
import { type Server } from "../support/servers";
import { defaults } from "../support/system";
import { tempDir } from "../support/facts";

const able = hasRabbitmq() && hasFerretdb();
let rabbit: Server | undefined;
let mongo: Server | undefined;
beforeAll(async () => {
  if (able) [rabbit, mongo] = await Promise.all([startRabbit(), startMongo()]);
});
afterAll(async () => {
  await rabbit?.stop();
  await mongo?.stop();
});

(able ? test : test.skip)(
  "queues that nobody takes from, dead letters, indexes that are missing or nobody's",
  async () => {
    if (!rabbit || !mongo) throw new Error("RabbitMQ and FerretDB did not start");
    const vars = {
      ...defaults,
      NAMESPACE: "doctored",
      RABBITMQ_URL: rabbit.url,
      MONGODB_URI: mongo.url,
      DATA_DIR: tempDir(),
    };
    const env = readEnv({ ...vars, SERVICES: "notifications", HEALTH_PORT: "0" });
    const findings = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { level, what } of stores(env)) found.push(`${level} ${what}`);
      return found;
    };
    const amiss = async (): Promise<string[]> => (await findings()).filter((line) => !line.startsWith("ok "));
    expect(await findings()).toEqual(
      expect.arrayContaining([
        "ok RabbitMQ: no queues of facts yet, made at the first start",
        "ok MongoDB: empty, filled at the first start",
      ]),
    );

    const node = createNode(env);
    await node.start();
    try {
      // As the doctor names them, so the node does: all are there, and taken from.
      await eventually(async () => expect(await amiss()).toEqual([]));
      expect(await findings()).toContain("ok MongoDB has its indexes");
      const told = await metricsOf(node).registry.metrics();
      expect(told).toContain(
        `cluster_node_info{node="${node.nodeID}",version="${version}",nodejs="${process.version}"} 1`,
      );
    } finally {
      await node.stop();
    }

    const link = await connect(rabbit.url);
    const channel = await link.createConfirmChannel();
    channel.sendToQueue("doctored.message.created.notifications", Buffer.from("{}"));
    channel.sendToQueue("doctored.reminder.due.notifications.dead", Buffer.from("{}"));
    await channel.waitForConfirms();
    await link.close();
    const connection = await connectOnce({ uri: mongo.url, database: undefined });
    await connection.db?.collection("notification_cursors").dropIndex("feed_1_user_id_1");
    await connection.db?.collection("notifications").createIndex({ title: 1 });
    await connection.close();
    await eventually(async () => {
      const lines = await amiss();
      expect(lines).toEqual(
        expect.arrayContaining([
          "error nobody takes from doctored.message.created.notifications, and 1 facts wait in it",
          "warning nobody takes from doctored.message.changed.notifications",
          "warning 1 facts died in doctored.reminder.due.notifications.dead",
          "warning notification_cursors in MongoDB lacks indexes: feed, user_id (unique)",
          "warning notifications in MongoDB has indexes that nothing asks for: title",
        ]),
      );
    });
  },
);
