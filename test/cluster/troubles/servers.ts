/** The bus, the document store and PostgreSQL stop, hang and come back. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ConnectError, login, register, request } from "../../support/client";
import { eventually } from "../../support/eventually";
import { type Fire, lasting, longTest, type Scene, without } from "../../support/fire";
import { type Figures } from "../../support/ledgers";

/** What a node may hold after an outage, in MB. */
const MEMORY = 600;

const moderate = ({ cluster }: Scene): void => {
  for (const { name, memory } of cluster.nodes.values()) expect([name, memory < MEMORY]).toEqual([name, true]);
};

function rabbitDown(fire: Fire, seconds: number, as: jest.It = test): void {
  const body = async (scene: Scene): Promise<Figures> => {
    const { rabbit } = scene.cluster;
    await without(rabbit.stopApp, rabbit.startApp, () => sleep(seconds * 1_000));
    const figures = { firstAck: await scene.acks(1), convergence: await scene.convergence() };
    moderate(scene);
    return figures;
  };
  fire.trouble(`RabbitMQ is down for ${seconds} s`, body, { socketsStay: true }, as);
}

function bus(fire: Fire): void {
  rabbitDown(fire, lasting(10, 6) / 1_000);
  rabbitDown(fire, 30, longTest);

  fire.trouble("RabbitMQ is blocked by its memory alarm", async (scene) => {
    const { rabbit } = scene.cluster;
    await without(rabbit.block, rabbit.unblock, () => sleep(lasting(10, 6)));
    const figures = { firstAck: await scene.acks(1), convergence: await scene.convergence() };
    moderate(scene);
    return figures;
  });

  fire.trouble("all connections to RabbitMQ are closed by force, three times", async (scene) => {
    for (let i = 0; i < 3; i++) {
      await scene.cluster.rabbit.closeAllConnections();
      await scene.acks();
    }
  });
}

/** No ack and no broadcast of what is not stored: while nothing can be stored there is neither. */
function documentStore(fire: Fire): void {
  fire.trouble(
    "the document store is killed",
    async (scene) => {
      const { mongo } = scene.cluster;
      await without(mongo.kill, mongo.start, () => scene.silence(lasting(10, 6)));
      return { firstAck: await scene.acks(1), convergence: await scene.convergence() };
    },
    { socketsStay: true },
  );

  fire.trouble(
    "the document store hangs",
    async (scene) => {
      const { mongo } = scene.cluster;
      await without(mongo.pause, mongo.resume, () => scene.silence(lasting(10, 6)));
      return { firstAck: await scene.acks(1), convergence: await scene.convergence() };
    },
    { socketsStay: true },
  );
}

const refusedWith = (url: string, token: string): Promise<string> =>
  Client.connect(url, token).then(
    (client) => (client.close(), "let in"),
    (error: ConnectError) => error.data?.code ?? error.message,
  );

function accounts(fire: Fire): void {
  fire.trouble("PostgreSQL hangs", async (scene) => {
    const { postgres } = scene.cluster;
    await without(postgres.pause, postgres.resume, async () => {
      await Promise.all([sleep(lasting(10, 6)), scene.acks(20)]);
    });
  });

  fire.trouble("PostgreSQL is killed: chats go on, login answers 503, and nobody slips in", async (scene) => {
    const { postgres, urls } = scene.cluster;
    const url = scene.cluster.node("api-2").url;
    const ann = await register(url);
    const revoked = await login(url, ann);
    await request(url, "POST", "/auth/logout", { token: revoked.token });
    const unseen = await request(url, "POST", "/auth/tokens", {
      token: ann.token,
      body: { name: "unseen", scopes: ["chat:read"] },
    });
    expect(unseen.status).toBe(201);
    await without(postgres.kill, postgres.start, async () => {
      const before = scene.acked;
      const { email, password, refreshToken } = ann;
      const refused = { status: 503, body: { error: { code: "UNAVAILABLE" } } };
      expect(await request(url, "POST", "/auth/login", { body: { email, password } })).toMatchObject(refused);
      expect(await request(url, "POST", "/auth/refresh", { body: { refreshToken } })).toMatchObject(refused);
      for (const door of urls) {
        expect(await refusedWith(door, revoked.token)).toBe("AUTH_INVALID");
        expect(await refusedWith(door, unseen.body.data.token)).toBe("UNAVAILABLE");
        expect(await refusedWith(door, ann.token)).toBe("let in");
      }
      await sleep(lasting(15, 1));
      expect(scene.acked).toBeGreaterThan(before);
      // A gateway that has just been started knows of no revocation, and can't learn of any.
      const gateway = scene.cluster.node("api-1");
      await gateway.stop();
      await gateway.start();
      expect(await refusedWith(gateway.url, revoked.token)).toBe("UNAVAILABLE");
    });
    await eventually(async () => expect((await login(url, ann)).id).toBe(ann.id));
    await eventually(async () => expect(await refusedWith(scene.cluster.node("api-1").url, ann.token)).toBe("let in"));
    expect(await refusedWith(scene.cluster.node("api-1").url, revoked.token)).toBe("AUTH_INVALID");
  });
}

export function servers(fire: Fire): void {
  bus(fire);
  documentStore(fire);
  accounts(fire);
}
