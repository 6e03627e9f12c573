/** One node in a process of its own, as `npm start` would run it; says so when it is up, and where. */
import { type AddressInfo, type Server } from "node:net";

/** A machine whose clock is wrong. */
function shiftClock(byMs: number): void {
  const Real = Date;
  class Shifted extends Real {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(Real.now() + byMs);
      else super(...(args as [number]));
    }
    static override now(): number {
      return Real.now() + byMs;
    }
  }
  globalThis.Date = Shifted as DateConstructor;
}

async function main(): Promise<void> {
  if (process.env.TEST_CLOCK_OFFSET_MS) shiftClock(Number(process.env.TEST_CLOCK_OFFSET_MS));
  const { readEnv } = await import("../../contracts/env");
  const { createNode } = await import("../../services/node");
  const broker = createNode(readEnv(process.env));
  await broker.start();
  const api = broker.getLocalService("api") as unknown as { server: Server } | undefined;
  process.once("disconnect", () => process.exit(1)); // the test that started it is gone
  process.send?.({ port: api ? (api.server.address() as AddressInfo).port : 0 });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
