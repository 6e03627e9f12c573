/** Without a broker: nodes that talk to each other directly, found by UDP or named. */
import { join } from "node:path";
import { NodeProcess } from "../support/cluster";
import { Client, register } from "../support/client";
import { eventually } from "../support/eventually";
import { tempDir } from "../support/facts";
import { freePort } from "../support/servers";

const node = (name: string, services: string, env: Record<string, string>): NodeProcess => {
  const dir = tempDir();
  const own = {
    NODE_ENV: "test",
    LOG_LEVEL: "warn",
    DATA_DIR: dir,
    NODE_ID: name,
    SERVICES: services,
    PASSWORD_COST: "4",
    RATE_LIMIT: "100000",
    AUTH_RATE_LIMIT: "100000",
    JWT_ACCESS_SECRET: "a".repeat(32),
    JWT_REFRESH_SECRET: "r".repeat(32),
    ...env,
  };
  return new NodeProcess(name, own, join(dir, "log"));
};

/** Two people at different gateways; the one speaks and the other hears it. */
async function chat(env: Record<string, string>): Promise<void> {
  const nodes = [node("one", "api,users,chat,notifications,uploads", env), node("two", "api", env)];
  try {
    await Promise.all(nodes.map((n) => n.start()));
    const [one, two] = nodes.map(({ url }) => url) as [string, string];
    const ann = await register(one);
    await eventually(async () => expect((await register(two)).id).toBeGreaterThan(0)); // they have met
    const bob = await register(two);
    const [a, b] = [await Client.connect(one, ann.token), await Client.connect(two, bob.token)];
    const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], type: "group", name: "two" });
    for (let n = 1; n <= 20; n++)
      await (n % 2 ? a : b).ok("message:send", { conversationId: _id, content: `message ${n}` });
    for (const client of [a, b]) {
      await eventually(() => expect(client.all("message:created").map(({ seq }) => seq)).toHaveLength(20));
      expect(client.all("message:created").map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      client.close();
    }
  } finally {
    await Promise.all(nodes.map((n) => n.kill()));
  }
}

test("two processes that know each other's address chat", async () => {
  const [first, second] = [await freePort(), await freePort()];
  await chat({ TRANSPORTER: `tcp://127.0.0.1:${first}/one,127.0.0.1:${second}/two` });
});

test("two processes find each other and chat with TRANSPORTER=TCP alone", async () => {
  await chat({ TRANSPORTER: "TCP", NAMESPACE: `tcp-${process.pid}` });
});
