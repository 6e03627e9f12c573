import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { bindEnv } from "../../platform/env";
import { healthServer } from "../../platform/health-server";
import { probe } from "../../platform/health";
import { act } from "../../platform/service";
import { freePort } from "../support/servers";

let broker: ServiceBroker;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  const env = readEnv({ SERVICES: "users", HEALTH_PORT: String(port) });
  url = `http://127.0.0.1:${port}`;
  broker = new ServiceBroker({ logger: false, middlewares: [healthServer(env)] });
  bindEnv(broker, env);
  broker.createService({
    name: "users",
    actions: { health: act("users.health", () => probe({ sql: () => Promise.resolve() })) },
  });
  await broker.start();
});
afterAll(() => broker.stop());

const ask = async (path: string, method = "GET") => {
  const res = await fetch(url + path, { method });
  return { status: res.status, allow: res.headers.get("allow"), body: (await res.json()) as any };
};

describe("a node without a gateway", () => {
  test("answers for itself on HEALTH_PORT", async () => {
    expect((await ask("/health/live")).status).toBe(200);
    expect((await ask("/health/ready")).body.data.dependencies["users.sql"].state).toBe("up");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu_user_seconds_total");
  });

  test("refuses other paths and other methods in the envelope", async () => {
    expect(await ask("/users/me")).toMatchObject({ status: 404, body: { ok: false, error: { code: "NOTFOUND" } } });
    const refused = await ask("/health", "POST");
    expect(refused).toMatchObject({ status: 405, allow: "GET, HEAD", body: { error: { code: "METHOD" } } });
  });
});
