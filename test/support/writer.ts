/** A process for a test to kill: inserts lines one after the other and prints how many were acknowledged. */
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Collection, documents, newId, storesOf } from "../../mixins/documents";
import { brokerOptions } from "../../moleculer.config";

const collections = {
  lines: { name: "lines", indexes: [{ fields: ["n"], unique: true }] } as Collection<{ _id: string; n: number }>,
};

async function main(): Promise<void> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: process.argv[2] });
  const broker = new ServiceBroker(brokerOptions(env));
  const service = broker.createService({ name: "lines", mixins: [documents(collections)] });
  await broker.start();
  const { lines } = storesOf<typeof collections>(service);
  for (let n = 1; ; n++) {
    await lines.insert([{ _id: newId(), n }]);
    console.log(n);
  }
}
void main();
