/** How a neighbour fares while others misbehave: the times of its acks, calm and under fire, in one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client } from "./client";
import { NodeProcess } from "./cluster";

export interface Alone {
  readonly node: NodeProcess;
  readonly url: string;
  stop(): Promise<void>;
}

/** The whole system in a process of its own, so that what the test does costs it nothing. */
export async function startAlone(env: NodeJS.ProcessEnv = {}): Promise<Alone> {
  const dir = mkdtempSync(join(tmpdir(), "alone-"));
  const unlimited = { RATE_LIMIT: "1000000", AUTH_RATE_LIMIT: "1000000", EVENT_RATE_LIMIT: "100000" };
  const own = { NODE_ENV: "test", LOG_LEVEL: "warn", DATA_DIR: dir, ...unlimited, ...env };
  const node = new NodeProcess("alone", own, join(dir, "log"));
  await node.start();
  return {
    node,
    url: node.url,
    async stop() {
      await node.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}
const timesOf = (ms: number[]): Times => {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
};

const EVERY_MS = 5;

/** Sends, one message at a time, for as long as `during` lasts and `atLeast` times. */
export async function ackTimes(
  client: Client,
  conversationId: string,
  during: Promise<unknown>,
  atLeast = 300,
): Promise<Times> {
  let over = false;
  const end = during.finally(() => (over = true));
  const ms: number[] = [];
  while (!over || ms.length < atLeast) {
    const start = performance.now();
    await client.ok("message:send", { conversationId, content: "how are you?" });
    ms.push(performance.now() - start);
    await sleep(EVERY_MS);
  }
  await end;
  return timesOf(ms);
}
