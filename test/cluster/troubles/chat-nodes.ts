/** Chat nodes die, freeze, disagree with each other and with the clock. */
import { ServiceBroker } from "moleculer";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readEnv } from "../../../contracts/env";
import { codeOf } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { brokerOptions } from "../../../moleculer.config";
import { type Refused } from "../../../scripts/verify/member";
import { type Fire, longTest, type Scene, without } from "../../support/fire";

/** Three times what is promised and more: everything runs on one machine at once, which may have other things to do. */
const FIRST_ACK_S = 10;
const REFUSAL_S = 9;

/** How long a send takes to be refused, in seconds. @throws when it is accepted */
async function refusal({ run }: Scene): Promise<number> {
  const start = performance.now();
  const [group] = run.groups;
  const asked = group?.members[0]?.ask("message:send", { conversationId: group.id, content: "anyone?" });
  await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" } satisfies Partial<Refused>);
  return (performance.now() - start) / 1_000;
}

async function fence({ cluster, run }: Scene): Promise<void> {
  const env = { NODE_ENV: "test", LOG_LEVEL: "fatal", SERVICES: "api", NODE_ID: "tester" };
  const vars = { ...env, RABBITMQ_URL: cluster.rabbit.url, DATA_DIR: mkdtempSync(join(tmpdir(), "t-")) };
  const tester = new ServiceBroker(brokerOptions(readEnv(vars)));
  await tester.start();
  await tester.waitForServices("chat");
  const [group] = run.groups;
  const caller = { userId: group?.members[0]?.userId ?? 0, sessionId: "tester", roles: ["user" as const] };
  const send = async (i: number): Promise<number> => {
    const params = { conversationId: group?.id ?? "", content: `fenced ${i}`, clientId: `fenced-${i}` };
    const options = { nodeID: `chat-${1 + (i % 2)}`, meta: { caller } };
    const sent = await call(tester, "chat.send", params, options).catch((error: unknown) => {
      if (codeOf(error) !== "UNAVAILABLE") throw error;
    });
    if (sent) return sent.seq;
    await sleep(50); // without a pause a node that is not listed would never be heard of again
    return send(i);
  };
  const seqs: number[] = [];
  for (let round = 0; round < 10; round++)
    seqs.push(...(await Promise.all(Array.from({ length: 6 }, (_, i) => send(round * 6 + i)))));
  await tester.stop();
  expect(new Set(seqs).size).toBe(60);
}

function frozen(fire: Fire, seconds: number, as: jest.It = test): void {
  const body = async (scene: Scene): Promise<{ convergence: number }> => {
    const node = scene.cluster.node(scene.busiest);
    await without(
      () => node.signal("SIGSTOP"),
      () => node.signal("SIGCONT"),
      () => sleep(seconds * 1_000),
    );
    return { convergence: await scene.convergence() };
  };
  fire.trouble(`a chat node is frozen for ${seconds} s and wakes with what it had in hand`, body, {}, as);
}

export function chatNodes(fire: Fire): void {
  fire.trouble(
    "a chat node is killed",
    async (scene) => {
      const node = scene.busiest;
      const start = performance.now();
      await scene.cluster.node(node).kill();
      const firstAck = await scene.firstAck(start, node);
      expect(firstAck).toBeLessThan(FIRST_ACK_S);
      await scene.acks();
      await scene.cluster.node(node).start();
      return { firstAck };
    },
    { socketsStay: true },
  );

  fire.trouble(
    "the only chat node is killed: UNAVAILABLE soon, and all is well when one is back",
    async (scene) => {
      const nodes = ["chat-1", "chat-2"].map((name) => scene.cluster.node(name));
      await nodes[0]?.kill();
      await scene.acks();
      await nodes[1]?.kill();
      const refusals = [await refusal(scene), await refusal(scene), await refusal(scene)];
      console.log(`UNAVAILABLE after ${refusals.map((s) => `${s.toFixed(2)} s`).join(", ")}`);
      expect(Math.max(...refusals)).toBeLessThan(REFUSAL_S);
      const start = performance.now();
      await nodes[0]?.start();
      const firstAck = await scene.firstAck(start, scene.busiest);
      await nodes[1]?.start();
      return { firstAck };
    },
    { socketsStay: true },
  );

  frozen(fire, 6);
  frozen(fire, 40, longTest);

  fire.trouble("two actors of one conversation live at once, 60 sends to each in turn", fence, { socketsStay: true });

  fire.trouble("a chat node's clock is two hours ahead", async (scene) => {
    const node = scene.cluster.node("chat-2");
    await node.stop();
    await node.start({ TEST_CLOCK_OFFSET_MS: "7200000" });
    await scene.acks(20);
    await node.stop();
    await node.start();
  });
}
