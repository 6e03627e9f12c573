/** A node without `api` answers its probes on HEALTH_PORT, and nothing else. */
import { ServiceBroker } from "moleculer";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv } from "../../contracts/env";
import { brokerOptions } from "../../moleculer.config";
import { freePort } from "../support/rabbitmq";

/** A node whose one dependency is up or down. */
async function nodeOf(up: boolean): Promise<{ broker: ServiceBroker; get: (path: string) => Promise<Response> }> {
  const port = await freePort();
  const env = readEnv({
    NODE_ENV: "test",
    LOG_LEVEL: "fatal",
    SERVICES: "users",
    DATA_DIR: mkdtempSync(join(tmpdir(), "health-")),
    HEALTH_PORT: String(port),
  });
  const broker = new ServiceBroker(brokerOptions(env));
  const sql = { state: up ? "up" : "down", latencyMs: up ? 1 : null };
  broker.createService({ name: "users", actions: { health: () => ({ dependencies: { sql } }) } });
  await broker.start();
  return { broker, get: (path) => fetch(`http://127.0.0.1:${port}${path}`) };
}

describe("HEALTH_PORT", () => {
  test("a healthy node is live and ready, and shows its metrics", async () => {
    const { broker, get } = await nodeOf(true);
    expect((await get("/health/live")).status).toBe(200);
    expect((await get("/health/ready")).status).toBe(200);
    expect(await (await get("/metrics")).text()).toContain("process_cpu_seconds_total");
    await broker.stop();
  });

  test("with a dependency down it is live, not ready, and names the dependency", async () => {
    const { broker, get } = await nodeOf(false);
    expect((await get("/health/live")).status).toBe(200);
    const ready = await get("/health/ready");
    expect(ready.status).toBe(503);
    const { error } = (await ready.json()) as { error: { details: { dependencies: Record<string, unknown> } } };
    expect(error.details.dependencies["users.sql"]).toEqual({ state: "down", latencyMs: null });
    await broker.stop();
  });

  test("anything else is not there, and after the stop nothing is", async () => {
    const { broker, get } = await nodeOf(true);
    expect((await get("/users/1")).status).toBe(404);
    await broker.stop();
    await expect(get("/health/live")).rejects.toThrow();
  });

  test("a port that is none is refused by name", () => {
    expect(() => readEnv({ HEALTH_PORT: "no" })).toThrow(/HEALTH_PORT/);
  });
});
