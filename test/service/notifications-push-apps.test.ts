/** Pushes to apps, against servers that answer as Firebase's and Apple's are documented to. */
import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo } from "node:net";
import { verify } from "jsonwebtoken";
import { readEnv } from "../../contracts/env";
import { storesOf } from "../../mixins/documents";
import { publishFact } from "../../platform/facts";
import { type collections } from "../../services/notifications/documents";
import { providersOf } from "../../services/notifications/push/providers";
import { clockAt, clockOn } from "../support/clock";
import { until } from "../support/facts";
import { fact, message, type MessageFact, type Node, notificationsNode } from "../support/notifications";

const rsa = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const ec = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const token = (): string => randomBytes(32).toString("hex");

interface Got {
  readonly device: string;
  readonly authorization: string;
  readonly headers: Record<string, unknown>;
  readonly body: any;
}
interface Answer {
  readonly status: number;
  readonly body?: object;
}
/** A push service of the test's own: what it got, and what it answers next; nothing where that is undefined. */
interface PushServer {
  readonly got: Got[];
  answer: (got: Got) => Answer | undefined;
  vars(): Record<string, string>;
  close(): Promise<void>;
}
const fine: PushServer["answer"] = () => ({ status: 200, body: {} });

async function bodyOf(stream: IncomingMessage | ServerHttp2Stream): Promise<string> {
  let body = "";
  for await (const chunk of stream) body += String(chunk);
  return body;
}

async function firebase(): Promise<PushServer & { tokens: number; refuseTokens: boolean }> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const reply = (status: number, value: object): void => void response.writeHead(status).end(JSON.stringify(value));
      if (request.url === "/token") {
        const assertion = new URLSearchParams(body).get("assertion") ?? "";
        const claims = verify(assertion, rsa.publicKey, { algorithms: ["RS256"] }) as Record<string, unknown>;
        expect(claims).toMatchObject({ iss: "chat@project.iam", aud: `${origin()}/token` });
        if (self.refuseTokens) return reply(401, { error: "invalid_grant" });
        return reply(200, { access_token: `access-${++self.tokens}`, expires_in: 3600 });
      }
      expect(request.url).toBe("/v1/projects/project/messages:send");
      const { message: sent } = JSON.parse(body);
      const got = { device: sent.token, authorization: request.headers.authorization ?? "", headers: {}, body: sent };
      self.got.push(got);
      const next = self.answer(got);
      return next && reply(next.status, next.body ?? {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = {
    project_id: "project",
    client_email: "chat@project.iam",
    private_key: rsa.privateKey,
    token_uri: `${origin()}/token`,
  };
  const self = {
    got: [] as Got[],
    answer: fine,
    tokens: 0,
    refuseTokens: false,
    vars: () => ({ FCM_SERVICE_ACCOUNT: JSON.stringify(account), FCM_URL: origin() }),
    close: () => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
  return self;
}

async function apple(): Promise<PushServer & { sessions: Set<ServerHttp2Session> }> {
  const server = createHttp2Server();
  server.on("session", (session) => self.sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    void bodyOf(stream).then((body) => {
      const path = String(headers[":path"]);
      expect(path).toMatch(/^\/3\/device\//);
      const authorization = String(headers.authorization);
      const got = { device: path.slice(10), authorization, headers: { ...headers }, body: JSON.parse(body) };
      self.got.push(got);
      const next = self.answer(got);
      if (!next || stream.destroyed) return;
      stream.respond({ ":status": next.status });
      stream.end(next.body ? JSON.stringify(next.body) : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self = {
    got: [] as Got[],
    answer: fine,
    sessions: new Set<ServerHttp2Session>(),
    vars: () => ({
      APNS_KEY: ec.privateKey,
      APNS_KEY_ID: "KEY1234567",
      APNS_TEAM_ID: "TEAM123456",
      APNS_TOPIC: "org.example.chat",
      APNS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    }),
    close: () =>
      new Promise<void>((resolve) => {
        for (const session of self.sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
  return self;
}

const gone = {
  fcm: { status: 404, body: { error: { details: [{ errorCode: "UNREGISTERED" }] } } },
  apns: { status: 410, body: { reason: "Unregistered" } },
};
/** Trouble of ours, or theirs: no device may be lost for it. */
const trouble = {
  fcm: { status: 403, body: { error: { status: "PERMISSION_DENIED", details: [] } } },
  apns: { status: 403, body: { reason: "InvalidProviderToken" } },
};

describe.each(["fcm", "apns"] as const)("by %s", (service) => {
  let server: PushServer;
  let node: Node;
  beforeEach(async () => {
    server = await (service === "fcm" ? firebase() : apple());
    node = await notificationsNode(server.vars());
  });
  afterEach(async () => {
    clockOn();
    await node.broker.stop();
    await server.close();
  });
  const tell = (f: MessageFact): Promise<void> => publishFact(node.broker, "message.created", f);
  const add = async (userId: number, device = token()): Promise<string> => {
    await node.as(userId, "notifications.addDevice", { service, token: device });
    return device;
  };
  const jobs = () => storesOf<typeof collections>(node.broker.getLocalService("notifications")).pushJobs;
  const pushes = (device: string): Got[] => server.got.filter((got) => got.device === device);
  const shownOf = ({ body }: Got): { title: string; text: string; badge: number; collapse: unknown } =>
    service === "fcm"
      ? {
          title: body.notification.title,
          text: body.notification.body,
          badge: body.apns.payload.aps.badge,
          collapse: body.android.collapse_key,
        }
      : {
          title: body.aps.alert.title,
          text: body.aps.alert.body,
          badge: body.aps.badge,
          collapse: body.aps["thread-id"],
        };

  test("a note arrives with its badge, one line per conversation, signed with our key", async () => {
    const device = await add(2);
    const f = fact({ messages: [message({ content: "tin nhắn" })] });
    await tell(f);
    await until(() => server.got.length === 1);
    const [got] = pushes(device);
    expect(shownOf(got!)).toEqual({ title: "user 1", text: "tin nhắn", badge: 1, collapse: f.conversationId });
    if (service === "fcm") expect(got!.authorization).toBe("Bearer access-1");
    else {
      const jwt = got!.authorization.replace("bearer ", "");
      const { payload, header } = verify(jwt, createPublicKey(ec.publicKey), { complete: true, algorithms: ["ES256"] });
      expect([payload, header]).toMatchObject([{ iss: "TEAM123456" }, { kid: "KEY1234567", alg: "ES256" }]);
      expect(got!.headers).toMatchObject({ "apns-topic": "org.example.chat", "apns-collapse-id": f.conversationId });
    }
  });

  test("many go over one connection, with one token, and a burst is one push each", async () => {
    const devices = await Promise.all([2, 3, 4, 5].map((id) => add(id)));
    const { conversationId } = fact();
    clockAt(Date.now()); // while it gathers no time goes by
    for (let i = 0; i < 10; i++)
      await tell(fact({ conversationId, recipients: [2, 3, 4, 5], messages: [message({ content: `m${i}` })] }));
    clockOn();
    await until(() => devices.every((device) => pushes(device).some((got) => shownOf(got).text === "m9")));
    for (const device of devices) expect(pushes(device)).toHaveLength(1);
    expect(new Set(server.got.map((got) => got.authorization)).size).toBe(1);
    if ("sessions" in server) expect((server.sessions as Set<unknown>).size).toBe(1);
  });

  test("a device that is gone is forgotten; for trouble of ours or theirs none is, and it is tried again", async () => {
    const [dead, alive] = [await add(2), await add(2)];
    server.answer = (got) => (got.device === dead ? gone[service] : trouble[service]);
    await tell(fact());
    await until(() => server.got.length >= 2);
    server.answer = fine;
    await until(async () => (await jobs().find({ due_at: { $gt: new Date() } })).length === 1);
    await jobs().updateMany({}, { $set: { due_at: new Date(0) } }); // as if the wait were over
    await tell(fact());
    await until(() => pushes(alive).length >= 2);
    expect(pushes(dead)).toHaveLength(1);
  });

  test("a token that has run out is replaced", async () => {
    const device = await add(2);
    const stale =
      service === "fcm" ? { status: 401, body: {} } : { status: 403, body: { reason: "ExpiredProviderToken" } };
    let refused = 0;
    server.answer = () => (refused++ === 0 ? stale : { status: 200 });
    await tell(fact());
    await until(() => pushes(device).length === 2);
    if (service === "fcm")
      expect(pushes(device).map((got) => got.authorization)).toEqual(["Bearer access-1", "Bearer access-2"]);
  });

  test("what was read elsewhere, a device that was taken away and an ended session are left in peace", async () => {
    const [read, removed, ended, other] = [await add(2), await add(3), await add(4), await add(5)];
    await node.as(3, "notifications.removeDevice", { service, token: removed });
    await node.broker.broadcast("users.revoked", { userId: 4, at: new Date().toISOString() });
    clockAt(Date.now()); // none goes out before it is read
    await tell(fact({ recipients: [2, 3, 4, 5] }));
    expect(await jobs().count({})).toBe(2);
    await node.as(2, "notifications.readAll", {});
    clockOn();
    await until(() => pushes(other).length === 1);
    for (const device of [read, removed, ended]) expect(pushes(device)).toEqual([]);
  });

  test("one that is silent holds up nobody, nor a stop", async () => {
    await add(2);
    server.answer = () => undefined;
    await tell(fact());
    expect(await node.list(2)).toHaveLength(1);
    await until(() => server.got.length === 1);
    const began = Date.now();
    await node.broker.stop();
    expect(Date.now() - began).toBeLessThan(9_000);
  });
});

test("apps are not taken for a service that is not set up, nor tokens that are none", async () => {
  const node = await notificationsNode({});
  const add = (params: object) => node.as(2, "notifications.addDevice", params as never);
  expect(await node.as(2, "notifications.pushServices", {})).toEqual({ web: false, fcm: false, apns: false });
  await expect(add({ service: "fcm", token: token() })).rejects.toMatchObject({ type: "BAD_REQUEST" });
  for (const wrong of ["", "short", "x".repeat(2001), "a b".repeat(20), "../".repeat(20), `${token()}\n`])
    await expect(add({ service: "apns", token: wrong })).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
  await node.broker.stop();
});

test.each([
  [{ FCM_SERVICE_ACCOUNT: "{}" }, "FCM_SERVICE_ACCOUNT: it has no project_id"],
  [{ FCM_SERVICE_ACCOUNT: "/nowhere.json" }, "FCM_SERVICE_ACCOUNT: expected"],
  [{ FCM_SERVICE_ACCOUNT: "{oops" }, "FCM_SERVICE_ACCOUNT: expected a JSON object"],
  [{ APNS_KEY: ec.privateKey }, "APNS_KEY_ID: expected beside APNS_KEY"],
  [
    { APNS_KEY: "-----BEGIN nothing", APNS_KEY_ID: "1", APNS_TEAM_ID: "2", APNS_TOPIC: "3" },
    "APNS_KEY: expected the .p8 key",
  ],
])("keys that are none are told at start: %#", (vars, said) => {
  expect(() => providersOf(readEnv({ NODE_ENV: "test", ...vars }))).toThrow(said);
});
