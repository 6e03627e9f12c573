/** A node of its own process with a tiny service, to be killed, stopped and frozen by the tests of the bus. */
import { type ServiceSchema, ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { readEnv } from "../../contracts/env";
import { type Message } from "../../contracts/shapes";
import { act } from "../../platform/service";
import { SHARDED } from "../../platform/placement";
import { brokerOptions } from "../../moleculer.config";

let running = 0;

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
    running: () => running,
    echo: { handler: (ctx) => ctx.params },
    slow: {
      async handler(ctx) {
        running++;
        await sleep((ctx.params as { ms: number }).ms);
        running--;
        return this.broker.nodeID;
      },
    },
    chain: { handler: (ctx) => ctx.call("far.back", ctx.params) },
  },
};

/** A chat that numbers what it is sent as it comes, and takes its time to say so: whoever dies meanwhile has not said it. */
const chat = (nodeID: string): ServiceSchema => {
  let count = 0;
  return {
    name: "chat",
    actions: {
      located: () => ({ gap: false }),
      send: act("chat.send", async (_caller, { content }) => {
        const seq = ++count;
        await sleep(3);
        return { node: nodeID, seq, content } as unknown as Message;
      }),
    },
  };
};

async function main(): Promise<void> {
  const broker = new ServiceBroker(brokerOptions(readEnv(process.env)));
  broker.createService(process.env.STUB === "chat" ? chat(broker.nodeID) : stub);
  await broker.start();
  process.send?.("ready");
}

if (require.main === module) void main();
