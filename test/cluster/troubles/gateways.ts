/** Gateways die with their sockets, and every node is restarted in turn. */
import { Crowd } from "../../support/crowd";
import { eventually } from "../../support/eventually";
import { type Fire, longTest } from "../../support/fire";

const SOCKETS = 500;
/** What is promised; the stock clients' own pause before they come back is in it. */
const BACK_S = 10;
const CAUGHT_UP_S = 15;

export function gateways(fire: Fire): void {
  fire.trouble("a gateway is killed", async (scene) => {
    const node = scene.cluster.node("api-1");
    await node.kill();
    await eventually(() => expect(scene.run.connected).toBe(4));
    const convergence = await scene.convergence();
    await node.start();
    return { convergence };
  });

  fire.trouble(
    `a gateway is killed with ${SOCKETS} sockets: they come back on the other and catch up`,
    async (scene) => {
      const [doomed, other] = [scene.cluster.node("api-1"), scene.cluster.node("api-2")];
      const crowd = await Crowd.gather({ sockets: SOCKETS, at: doomed.url, elsewhere: other.url });
      try {
        const start = performance.now();
        await doomed.kill();
        const back = await crowd.back(0.99);
        const caughtUp = await crowd.caughtUp();
        const [backS, caughtUpS] = [(back - start) / 1_000, (caughtUp - start) / 1_000];
        console.log(
          `${SOCKETS} sockets: 99 % back after ${backS.toFixed(1)} s, caught up after ${caughtUpS.toFixed(1)} s`,
        );
        expect(backS).toBeLessThan(BACK_S);
        expect(caughtUpS).toBeLessThan(CAUGHT_UP_S);
        expect(crowd.doubled).toBe(0);
        return { convergence: caughtUpS };
      } finally {
        crowd.leave();
        await doomed.start();
      }
    },
    {},
    longTest,
  );

  fire.trouble("every node is restarted in turn", async (scene) => {
    for (const node of scene.cluster.nodes.values()) {
      await node.stop();
      expect([node.name, node.exit]).toEqual([node.name, 0]);
      await node.start();
      await scene.acks();
    }
  });
}
