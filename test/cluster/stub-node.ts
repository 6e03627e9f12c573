/** A node of its own process with a tiny service, to be killed, stopped and frozen by the tests of the bus. */
import { type ServiceSchema, ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { readEnv } from "../../contracts/env";
import { SHARDED } from "../../mixins/placement";
import { brokerOptions } from "../../moleculer.config";

const stub: ServiceSchema = {
  name: "stub",
  actions: {
    where: {
      strategy: SHARDED,
      strategyOptions: { shardKey: "key" },
      retryPolicy: { enabled: true },
      params: { key: { type: "string", pattern: /^[a-z0-9-]+$/, custom: (value: string) => value } },
      handler() {
        return this.broker.nodeID;
      },
    },
    echo: { handler: (ctx) => ctx.params },
    slow: {
      async handler(ctx) {
        await sleep((ctx.params as { ms: number }).ms);
        return this.broker.nodeID;
      },
    },
    chain: { handler: (ctx) => ctx.call("far.back", ctx.params) },
  },
};

async function main(): Promise<void> {
  const broker = new ServiceBroker(brokerOptions(readEnv(process.env)));
  broker.createService(stub);
  await broker.start();
  process.send?.("ready");
}

if (require.main === module) void main();
