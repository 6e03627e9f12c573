/** Webhooks, against a receiver of our own that checks every signature. */
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { ServiceBroker } from "moleculer";
import { type AddressInfo } from "node:net";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { type Happened } from "../../contracts/facts";
import { type Message } from "../../contracts/shapes";
import { call } from "../../platform/bus";
import { newId } from "../../mixins/documents";
import { contextOf } from "../../services/notifications/context";
import { until } from "../support/facts";
import { caller, message, type Node, notificationsNode, record } from "../support/notifications";

describe("webhooks", () => {
  let server: Server;
  let origin: string;
  let node: Node;
  let secret = "";
  let answer: (n: number) => number | Promise<number> = () => 200;
  const got: { id: string; body: any; genuine: boolean }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
        const key = Buffer.from(secret.slice("whsec_".length), "base64");
        const expected = createHmac("sha256", key)
          .update(`${String(id)}.${String(at)}.${body}`)
          .digest("base64");
        const fresh = Math.abs(Date.now() / 1000 - Number(at)) < 60;
        got.push({ id: String(id), body: JSON.parse(body), genuine: signature === `v1,${expected}` && fresh });
        void Promise.resolve(answer(got.length)).then((status) => response.writeHead(status).end());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  beforeEach(async () => {
    got.length = 0;
    answer = () => 200;
    node = await notificationsNode({ OUTGOING_PRIVATE: "on" });
  });
  afterEach(() => node.broker.stop());

  const admin = <N extends ActionName>(name: N, params: Params<N>): Promise<Result<N>> =>
    call(node.broker, name, params, { meta: { caller: caller(9, "admin") } });
  const add = async (facts: Params<"notifications.addWebhook">["facts"] = ["message.created"]): Promise<string> => {
    const hook = await admin("notifications.addWebhook", { url: `${origin}/hook`, facts });
    secret = hook.secret!;
    return hook._id;
  };
  const tell = (...messages: Message[]): Promise<void> => record(node, ...messages);
  const contents = (): string[] => got.map((g) => g.body.data.message.content);

  test("every message comes once, in order, signed, with an id that stays when its fact comes again", async () => {
    await add();
    const messages = Array.from({ length: 120 }, (_, n) => message({ content: `m${n}` }));
    await tell(...messages.slice(0, 70));
    await tell(...messages.slice(60));
    await tell(messages[0]!);
    await until(() => got.length >= 120);
    expect(contents()).toEqual(messages.map((m) => m.content));
    expect(got.every((g) => g.genuine)).toBe(true);
    expect(got[0]).toMatchObject({ id: `message.created:${messages[0]!._id}`, body: { type: "message.created" } });
  });

  test("a receiver in trouble gets the same event again, and the following ones after it", async () => {
    await add();
    answer = (n) => (n === 1 ? 500 : 200);
    await tell(message({ content: "a" }), message({ content: "b" }));
    await until(() => got.length >= 3);
    expect(contents()).toEqual(["a", "a", "b"]);
    expect(got[0]!.id).toBe(got[1]!.id);
  });

  test("replay from a position sends again what came after it", async () => {
    const webhookId = await add();
    await tell(message({ content: "a" }), message({ content: "b" }), message({ content: "c" }));
    await until(() => got.length === 3);
    await until(async () => (await admin("notifications.webhooks", {}))[0]!.position === 3);
    await admin("notifications.replayWebhook", { webhookId, position: 1 });
    await until(() => got.length === 5);
    expect(contents()).toEqual(["a", "b", "c", "b", "c"]);
  });

  test("what was edited meanwhile says what it says now; what was deleted has no words, what is gone is null", async () => {
    answer = (n) => (n === 1 ? 500 : 200);
    await add();
    const [edited, deleted, gone] = [message({ content: "a" }), message({ content: "b" }), message({ content: "c" })];
    await tell(edited, deleted, gone);
    await until(() => got.length === 1);
    node.world.messages.set(edited._id, { ...edited, content: "A" });
    node.world.messages.set(deleted._id, { ...deleted, content: "", deleted_at: new Date().toISOString() });
    node.world.messages.delete(gone._id);
    await until(() => got.length === 4);
    expect(got.map((g) => g.body.data.message?.content)).toEqual(["a", "A", "", undefined]);
    const { facts } = contextOf(node.broker.getLocalService("notifications")).stores;
    expect(JSON.stringify(await facts.find({}))).not.toMatch(/content|Crew/);
  });

  test("a position beyond the end, and one before what is kept, is no place to replay from; nor is a webhook that is none", async () => {
    const webhookId = await add();
    await tell(...Array.from({ length: 5 }, () => message()));
    const replay = (position: number) => admin("notifications.replayWebhook", { webhookId, position });
    await expect(replay(6)).rejects.toMatchObject({ type: "BAD_REQUEST", data: { first: 1, last: 5 } });
    const { log, stores } = contextOf(node.broker.getLocalService("notifications"));
    await stores.facts.updateMany({ position: { $lte: 3 } }, { $set: { kept_at: new Date(0) } });
    await log.forget(new Date(1));
    await expect(replay(2)).rejects.toMatchObject({ type: "NOTFOUND", data: { first: 4, last: 5 } });
    await expect(replay(3)).resolves.toMatchObject({ position: 3 });
    await expect(replay(0)).resolves.toMatchObject({ position: 0 });
    const none = { webhookId: newId(), position: 0 };
    await expect(admin("notifications.replayWebhook", none)).rejects.toMatchObject({ type: "NOTFOUND" });
  });

  test("where the words can't be read it waits, and that is no attempt", async () => {
    await add();
    const told = jest.spyOn(node.broker, "call");
    const broken = told.mockImplementation(((name: string, ...rest: unknown[]) =>
      name === "chat.told"
        ? Promise.reject(new Error("chat is away"))
        : (ServiceBroker.prototype.call as any).apply(node.broker, [name, ...rest])) as never);
    await tell(message({ content: "a" }));
    await until(() => broken.mock.calls.some(([name]) => name === "chat.told"));
    const [hook] = await contextOf(node.broker.getLocalService("notifications")).stores.webhooks.find({});
    expect(hook).toMatchObject({ attempts: 0, position: 0 });
    broken.mockRestore();
    await until(() => got.length === 1);
  });

  test("only the facts asked for, and only from then on", async () => {
    await tell(message({ content: "before" }));
    await add(["group_invite.created"]);
    await tell(message({ content: "no" }));
    const at = new Date().toISOString();
    const data = { conversationId: newId(), userId: 5, actorId: 1 };
    const facts: Happened[] = [{ type: "group_invite.created", key: "f", at, data }];
    await call(node.broker, "notifications.record", { log: "facts", facts });
    await until(() => got.length === 1);
    expect(got[0]!.body).toMatchObject({ type: "group_invite.created", data: { userId: 5, name: "Crew" } });
  });

  test("a removed one hears no more; the secret is told once; only admins may", async () => {
    const webhookId = await add();
    expect((await admin("notifications.webhooks", {}))[0]).not.toHaveProperty("secret");
    await expect(node.as(2, "notifications.webhooks", {})).rejects.toMatchObject({ type: "FORBIDDEN" });
    await admin("notifications.removeWebhook", { webhookId });
    await expect(admin("notifications.removeWebhook", { webhookId })).rejects.toMatchObject({ type: "NOTFOUND" });
    await tell(message());
    expect(got).toEqual([]);
  });

  test("an address that is none is refused", async () => {
    const bad = { url: "ftp://example.org/", facts: ["message.created" as const] };
    await expect(admin("notifications.addWebhook", bad)).rejects.toMatchObject({ type: "BAD_REQUEST" });
  });
});
