/** Builders for tests of durable facts: a broker with consumers that tell what they heard. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoggerConfig, ServiceBroker, type ServiceSchema } from "moleculer";
import { type Payload } from "../../contracts/events";
import { readEnv } from "../../contracts/env";
import { consume, type ConsumeOptions, publishFact } from "../../platform/facts";
import { brokerOptions } from "../../moleculer.config";

export type Broadcast = Payload<"system.broadcast">;
export const broadcast = (factId: string, content = "text"): Broadcast => ({
  factId,
  title: "title",
  content,
  at: "2026-01-01T00:00:00.000Z",
});

export const tempDir = (): string => mkdtempSync(join(tmpdir(), "chat-test-"));

export async function until(condition: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("it did not come about in time");
    await sleep(20);
  }
}

export interface Listener extends ConsumeOptions {
  readonly group: string;
  readonly hear: (fact: Broadcast) => Promise<void> | void;
}

/** A broker of its own, started, with these consumer groups of `system.broadcast`. */
export async function factsBroker(
  where: { dataDir: string; rabbit?: string | undefined; namespace?: string },
  listeners: readonly Listener[],
  more?: ServiceSchema,
): Promise<ServiceBroker> {
  const env = readEnv({
    DATA_DIR: where.dataDir,
    SERVICES: "api",
    NODE_ENV: "test",
    LOG_LEVEL: "fatal",
    ...(where.namespace ? { NAMESPACE: where.namespace } : {}),
    ...(where.rabbit ? { RABBITMQ_URL: where.rabbit } : {}),
  });
  const logger: LoggerConfig = { type: "Console", options: { level: process.env.TEST_LOG ?? "fatal" } };
  const broker = new ServiceBroker({ ...brokerOptions(env), transporter: null, logger });
  for (const { group, hear, ...options } of listeners)
    broker.createService({
      name: group,
      channels: {
        "system.broadcast": consume(
          "system.broadcast",
          async function (fact) {
            await hear(fact);
          },
          options,
        ),
      },
    });
  if (more) broker.createService(more);
  await broker.start();
  return broker;
}

/** What an outbox does: publishes again until it is safe. */
export async function publishAtLast(broker: ServiceBroker, fact: Broadcast): Promise<void> {
  for (;;) {
    try {
      return await publishFact(broker, "system.broadcast", fact);
    } catch {
      await sleep(20);
    }
  }
}
