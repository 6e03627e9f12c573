/**
 * A process for a test to kill: `writer.ts DATA_DIR EMBEDDED_SYNC TEXT` writes lines, several at once, and prints up to
 * which number all were acknowledged. Each turn is a transaction of a line and the head that counts the lines.
 */
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Collection, documents, newId, storesOf, type Transact, transactionOf } from "../../mixins/documents";
import { brokerOptions } from "../../moleculer.config";

interface Line {
  _id: string;
  n: number;
  text?: string;
}
const collections = {
  lines: {
    name: "lines",
    indexes: [
      { fields: ["n"], unique: true },
      { fields: ["tags" as "n"], list: true },
    ],
  } as Collection<Line>,
  heads: { name: "heads", indexes: [{ fields: ["n"] }] } as Collection<Line>,
};
const AT_ONCE = 5;

async function main([DATA_DIR, EMBEDDED_SYNC, size = "0"]: readonly string[]): Promise<void> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR, EMBEDDED_SYNC });
  const broker = new ServiceBroker(brokerOptions(env));
  const service = broker.createService({ name: "lines", mixins: [documents(collections)] });
  await broker.start();
  const { lines, heads } = storesOf<typeof collections>(service);
  const transact = transactionOf(service) as Transact;
  await heads.insert([{ _id: "head", n: 0 }]);
  const text = "x".repeat(Number(size));
  for (let n = 1; ; n += AT_ONCE) {
    const turn = (i: number): Promise<void> =>
      transact([
        { in: lines, insert: [{ _id: newId(), n: n + i, text } as Line] },
        { in: heads, expect: { filter: { _id: "head" }, change: { $inc: { n: 1 } } } },
      ]);
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => turn(i)));
    console.log(n + AT_ONCE - 1);
  }
}
void main(process.argv.slice(2));
