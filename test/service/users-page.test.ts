/** Walking all accounts. */
import { type ServiceBroker } from "moleculer";
import { call } from "../../platform/bus";
import { readEnv } from "../../contracts/env";
import { createNode } from "../../services/node";
import { tempDir } from "../support/facts";

test("pages are ascending, complete, and stop at the moment asked for", async () => {
  const env = { DATA_DIR: tempDir(), SERVICES: "users", NODE_ENV: "test", LOG_LEVEL: "fatal", PASSWORD_COST: "4" };
  const broker: ServiceBroker = createNode(readEnv(env));
  await broker.start();
  const register = async (n: number): Promise<number> => {
    const account = { username: `user ${n}`, email: `u${n}@example.org`, password: "correct horse battery" };
    return (await call(broker, "users.register", account)).user.user_id;
  };
  const ids = [await register(1), await register(2), await register(3)];
  const before = new Date(Date.now() + 1).toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const late = await register(4);
  const first = await call(broker, "users.page", { after: 0, limit: 2, before });
  const rest = await call(broker, "users.page", { after: first.at(-1)!, limit: 2, before });
  expect([first, rest]).toEqual([ids.slice(0, 2), ids.slice(2)]);
  expect(rest).not.toContain(late);
  await broker.stop();
});
