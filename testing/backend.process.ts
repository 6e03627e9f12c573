/** The process that the backend of a test runs in: starts one node, and does to it what the test asks for. */
import { inSql, time } from "./virtual-time"; // before all that knows a clock
import { databaseUnpacked } from "./ahead"; // before all that takes long to load
import { setTimeout as sleep } from "node:timers/promises";
import { type ServiceBroker } from "moleculer";
import { Sequelize } from "sequelize";
import { readEnv } from "../contracts/env";
import { EmbeddedDocuments } from "../mixins/documents/embedded/documents";
import { EmbeddedNode } from "../mixins/documents/embedded/node";
import { contextOf as socketsOf } from "../services/api/sockets/sockets";
import { createNode } from "../services/node";
import { type Answer, backendData, type Order } from "./orders";

type Method = (...args: unknown[]) => unknown;

let storeDelay = 0;

/** Every call of these methods waits for as long as the store is slow. */
function delayed(prototype: object, names: readonly string[]): void {
  const methods = prototype as Record<string, Method>;
  for (const name of names) {
    const now = methods[name];
    if (!now) throw new Error(`there is no ${name} to slow down`);
    methods[name] = async function (this: unknown, ...args: unknown[]) {
      if (storeDelay > 0) await sleep(storeDelay);
      return now.apply(this, args);
    };
  }
}

function databaseTellsTime(): void {
  const sequelize = Sequelize.prototype as unknown as { query: (sql: string | object, ...more: unknown[]) => unknown };
  const { query } = sequelize;
  sequelize.query = function (sql, ...more) {
    return query.call(this, typeof sql === "string" ? inSql(sql) : sql, ...more);
  };
}

const operations = ["insert", "find", "count", "search", "updateOne", "updateMany", "updateEach", "remove"];

async function obey(broker: ServiceBroker, order: Order): Promise<void> {
  switch (order.do) {
    case "stop":
      return broker.stop();
    case "leap":
      return time.leap(order.ms);
    case "slow":
      storeDelay = order.ms;
      return;
    case "cut":
      // Without a word, as a network goes: the client finds the connection gone.
      for (const peer of socketsOf(broker.getLocalService("api")).hub.peersOf(order.userId))
        peer.socket.conn.close(true);
  }
}

const tell = (answer: Answer): void => void process.send?.(answer);

async function main(): Promise<void> {
  const { env, tmpDir } = backendData();
  process.env.TMPDIR = tmpDir; // not before: what compiles the program keeps that for all tests
  delayed(EmbeddedDocuments.prototype, operations);
  delayed(EmbeddedNode.prototype, ["transaction"]);
  delayed(Sequelize.prototype, ["transaction"]);
  databaseTellsTime();
  await databaseUnpacked;
  const broker = createNode(readEnv(env));
  await broker.start();
  const { server } = broker.getLocalService("api") as unknown as { server: { address(): { port: number } } };
  process.on("message", ({ id, order }: { id: number; order: Order }) => {
    obey(broker, order).then(
      () => tell({ id }),
      (error: Error) => tell({ id, error: error.message }),
    );
  });
  tell({ id: 0, port: server.address().port });
}

process.once("disconnect", () => process.exit()); // the test is gone
main().catch((error: Error) => tell({ id: 0, error: error.message }));
