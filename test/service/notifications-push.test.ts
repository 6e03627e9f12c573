/** Web Push, against a push service of our own that decrypts and checks what it gets, as a browser would. */
import { createPublicKey, verify } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { generateVAPIDKeys } from "web-push";
import { DELETED_NAME } from "../../contracts/shapes";
import { publishFact } from "../../platform/facts";
import { contextOf } from "../../services/notifications/context";
import { clockAt, clockOn } from "../support/clock";
import { until } from "../support/facts";
import { fact, message, type MessageFact, type Node, notificationsNode } from "../support/notifications";
import { PushBrowser } from "../support/push-browser";

const vapid = generateVAPIDKeys();
const push = {
  VAPID_PUBLIC_KEY: vapid.publicKey,
  VAPID_PRIVATE_KEY: vapid.privateKey,
  VAPID_SUBJECT: "mailto:ops@example.org",
  OUTGOING_PRIVATE: "on",
};

/** Checks the signature of RFC 8292 and gives its claims. */
function claimsOf(headers: IncomingHttpHeaders): { aud: string; exp: number; sub: string } {
  const [, t, k] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers.authorization ?? "") ?? [];
  expect(k).toBe(vapid.publicKey);
  const point = Buffer.from(k!, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((n) => n.toString("base64url"));
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x!, y: y! }, format: "jwk" });
  const [head, claims, signature] = t!.split(".");
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature!, "base64url"))).toBe(true);
  return JSON.parse(Buffer.from(claims!, "base64url").toString());
}

describe("web push", () => {
  let server: Server;
  let origin: string;
  let node: Node;
  const got: { path: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  let status = 201;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        got.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  beforeEach(async () => {
    got.length = 0;
    status = 201;
    node = await notificationsNode({ ...push });
  });
  afterEach(async () => {
    clockOn();
    await node.broker.stop();
  });

  const tell = (f: MessageFact): Promise<void> => publishFact(node.broker, "message.created", f);
  const subscribe = async (userId: number, path: string, browser = new PushBrowser()): Promise<PushBrowser> => {
    await node.as(userId, "notifications.subscribe", { endpoint: `${origin}${path}`, keys: browser.keys });
    return browser;
  };

  test("a note arrives encrypted for its browser, signed for its push service, one topic per conversation", async () => {
    const browser = await subscribe(2, "/a");
    const f = fact({ messages: [message({ content: "tin nhắn" })] });
    await tell(f);
    await until(() => got.length === 1);
    const { headers, body } = got[0]!;
    expect(headers).toMatchObject({ "content-encoding": "aes128gcm", topic: f.conversationId, ttl: "86400" });
    expect(claimsOf(headers)).toMatchObject({ aud: origin, sub: "mailto:ops@example.org" });
    expect(body.includes("tin nh")).toBe(false);
    expect(browser.open(body)).toMatchObject({
      title: "user 1",
      content: "tin nhắn",
      tag: f.conversationId,
      relatedId: f.conversationId,
      notificationId: (await node.list(2))[0]!._id,
    });
    expect(() => new PushBrowser().open(body)).toThrow();
  });

  test("one signature stands for all that goes to a push service for a while", async () => {
    for (const path of ["/a", "/b"]) await subscribe(2, path);
    await tell(fact());
    await until(() => got.length === 2);
    const [first, second] = got.map(({ headers }) => headers.authorization);
    expect(second).toBe(first);
    const { exp } = claimsOf(got[0]!.headers);
    const hours = (exp * 1000 - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(6); // it is renewed before it runs out
    expect(hours).toBeLessThan(24); // as RFC 8292 asks
  });

  test("a phone shows text and no Markdown, also after an edit", async () => {
    const browser = await subscribe(2, "/a");
    const said = message({ content: "the **draft** is [here](https://example.com/x)" });
    await tell(fact({ messages: [said] }));
    await until(() => got.length === 1);
    expect(browser.open(got[0]!.body).content).toBe("the draft is here");
    expect((await node.list(2))[0]!.content).toBe(said.content);
    const { pushJobs } = contextOf(node.broker.getLocalService("notifications")).stores;
    await until(async () => (await pushJobs.count({})) === 0);
    status = 503; // what waits is still there when the edit comes
    await tell(fact({ messages: [message({ ...said, _id: "c".repeat(24), seq: said.seq + 1 })] }));
    await until(async () => (await pushJobs.count({ attempts: { $gt: 0 } })) === 1);
    const edited = message({ ...said, _id: "c".repeat(24), seq: said.seq + 1, version: 2, content: "it is `done`" });
    await publishFact(node.broker, "message.changed", fact({ messages: [edited] }));
    await until(async () => (await pushJobs.findOne({}))?.note.content === "it is done");
  });

  test("of two nodes that look at once one alone sends it", async () => {
    await subscribe(2, "/a");
    await tell(fact());
    await until(() => got.length === 1);
    const { push: dispatcher, stores } = contextOf(node.broker.getLocalService("notifications")) as unknown as {
      push: { claim(job: object): Promise<boolean> };
      stores: { pushJobs: { insert(docs: object[]): Promise<void>; findOne(filter: object): Promise<object> } };
    };
    const due_at = new Date(Date.now() + 3_600_000); // nobody else takes it
    await stores.pushJobs.insert([
      { _id: "d".repeat(24), key: "k", device_id: "none", version: 1, attempts: 0, due_at },
    ]);
    const job = await stores.pushJobs.findOne({ key: "k" });
    expect(await Promise.all([dispatcher.claim(job), dispatcher.claim(job)])).toEqual([true, false]);
  });

  test("a burst in one conversation is one push to each device, the newest message", async () => {
    const [phone, laptop] = [await subscribe(2, "/phone"), await subscribe(2, "/laptop")];
    const messages = Array.from({ length: 30 }, (_, n) => message({ content: `m${n}` }));
    const { conversationId } = fact({ messages });
    clockAt(Date.now()); // while it gathers no time goes by
    for (const m of messages) await tell(fact({ conversationId, messages: [m] }));
    clockOn();
    await until(() => got.length >= 2);
    expect(got.map((g) => g.path).sort()).toEqual(["/laptop", "/phone"]);
    const of = (path: string, browser: PushBrowser) => browser.open(got.find((g) => g.path === path)!.body).content;
    expect([of("/phone", phone), of("/laptop", laptop)]).toEqual(["m29", "m29"]);
  });

  test("what comes while an earlier one gathers goes out soon after it, not with the next round of all", async () => {
    const real = setInterval;
    const spy = jest.spyOn(global, "setInterval");
    spy.mockImplementation(((work: () => void, ms: number) =>
      real(ms === 5_000 ? () => undefined : work, ms)) as never);
    const quiet = await notificationsNode({ ...push });
    spy.mockRestore();
    try {
      const browser = new PushBrowser();
      await quiet.as(2, "notifications.subscribe", { endpoint: `${origin}/a`, keys: browser.keys });
      await publishFact(quiet.broker, "message.created", fact({ messages: [message({ content: "first" })] }));
      await new Promise((resolve) => setTimeout(resolve, 50)); // it is due later than the first
      await publishFact(
        quiet.broker,
        "message.created",
        fact({ messages: [message({ content: "second", conversation_id: "b".repeat(24) })] }),
      );
      await until(() => got.length === 2);
    } finally {
      await quiet.broker.stop();
    }
  });

  test("the name of an account that is deleted meanwhile is in no push that waits", async () => {
    const browser = await subscribe(2, "/a");
    clockAt(Date.now()); // none goes out before that
    await tell(fact({ type: "group", name: "Crew" }));
    const profile = {
      user_id: 1,
      username: DELETED_NAME,
      avatar_url: null,
      status: "deleted" as const,
      created_at: "",
    };
    await node.broker.broadcast("users.changed", { userId: 1, profile });
    clockOn();
    await until(() => got.length === 1);
    expect(browser.open(got[0]!.body).title).toBe(`${DELETED_NAME} in Crew`);
  });

  test("a device that is gone is forgotten, others go on", async () => {
    await subscribe(2, "/gone");
    status = 410;
    await tell(fact());
    const { devices } = contextOf(node.broker.getLocalService("notifications")).stores;
    await until(async () => (await devices.count({})) === 0);
    status = 201;
    await subscribe(2, "/here");
    await tell(fact());
    await until(() => got.length === 2);
    expect(got.map((g) => g.path)).toEqual(["/gone", "/here"]);
  });

  test("a push service in trouble is asked again, and no message waits for it", async () => {
    await subscribe(2, "/a");
    status = 503;
    await tell(fact());
    expect(await node.list(2)).toHaveLength(1);
    await until(() => got.length === 1);
    status = 201;
    await until(() => got.length === 2);
  });

  test("quiet hours, an ended session and an unsubscribed device are left in peace", async () => {
    await subscribe(2, "/quiet");
    await node.as(2, "notifications.preferences", { set: { dnd: { from: "00:00", to: "00:00", timezone: "UTC" } } });
    await subscribe(3, "/ended");
    await node.broker.broadcast("users.revoked", { userId: 3, sessionId: "s", at: new Date().toISOString() });
    await subscribe(4, "/left");
    await node.as(4, "notifications.unsubscribe", { endpoint: `${origin}/left` });
    await subscribe(5, "/told");
    await tell(fact({ recipients: [1, 2, 3, 4, 5] }));
    await until(() => got.length >= 1);
    expect(got.map((g) => g.path)).toEqual(["/told"]);
  });

  test("keys that no browser made are refused or forgotten, never a crash", async () => {
    const keys = { p256dh: "A".repeat(87), auth: "A".repeat(22) };
    await node.as(2, "notifications.subscribe", { endpoint: `${origin}/bad`, keys });
    await expect(node.as(2, "notifications.subscribe", { endpoint: "file:///etc/passwd", keys })).rejects.toMatchObject(
      { type: "BAD_REQUEST" },
    );
    await subscribe(3, "/good");
    await tell(fact({ recipients: [1, 2, 3] }));
    await until(() => got.length === 1);
    expect(got[0]!.path).toBe("/good");
  });
});
