/** Webhooks, against a receiver of our own that checks every signature. */
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { call } from "../../platform/bus";
import { newId } from "../../mixins/documents";
import { publishFact } from "../../platform/facts";
import { contextOf } from "../../services/notifications/context";
import { until } from "../support/facts";
import { caller, fact, message, type Node, notificationsNode } from "../support/notifications";

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
  const tell = (...messages: ReturnType<typeof message>[]): Promise<void> =>
    publishFact(node.broker, "message.created", fact({ messages }));
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

  test("only the facts asked for, and only from then on", async () => {
    await tell(message({ content: "before" }));
    await add(["group_invite.created"]);
    await tell(message({ content: "no" }));
    const at = new Date().toISOString();
    const invite = { factId: "f", conversationId: newId(), name: "Crew", userId: 5, actorId: 1, at };
    await publishFact(node.broker, "group_invite.created", invite);
    await until(() => got.length === 1);
    expect(got[0]!.body).toMatchObject({ type: "group_invite.created", data: { userId: 5, name: "Crew" } });
  });

  describe("words that were taken back before their own fact came", () => {
    const change = (...messages: ReturnType<typeof message>[]): Promise<void> =>
      publishFact(node.broker, "message.changed", fact({ messages }));
    const log = () => contextOf(node.broker.getLocalService("notifications")).stores.webhookEvents;
    const first = message({ content: "secret" });
    const edited = { ...first, content: "edited", version: 2 };
    const deleted = { ...first, content: "", version: 3, deleted_at: new Date().toISOString() };
    const orders: [string, (() => Promise<void>)[]][] = [
      ["deleted first", [() => change(deleted), () => tell(first)]],
      ["edited, deleted", [() => change(edited), () => change(deleted), () => tell(first)]],
      ["deleted, then the edit again", [() => change(deleted), () => change(edited), () => tell(first)]],
      ["an old edit again after all", [() => tell(first), () => change(deleted), () => change(edited)]],
      ["the first fact again after all", [() => change(deleted), () => tell(first), () => tell(first)]],
      ["all at once", [() => Promise.all([change(deleted), tell(first), change(edited)]).then(() => undefined)]],
    ];

    test.each(orders)("are in no log and in no delivery: %s", async (_order, steps) => {
      await add();
      for (const step of steps) await step();
      await until(() => got.length > 0);
      const [event, ...more] = await log().find({});
      expect(more).toEqual([]);
      expect(JSON.parse(event!.body)).toMatchObject({ data: { message: { content: "", version: 3 } } });
    });

    test("while the log is being written", async () => {
      await add();
      const insert = jest.spyOn(log(), "insert");
      insert.mockImplementationOnce(async (docs) => {
        await change(deleted); // finds nothing to change yet
        return log().insert(docs);
      });
      await tell(first);
      await until(() => got.length > 0);
      const [event] = await log().find({});
      expect(insert).toHaveBeenCalledTimes(2);
      expect(event!.body).not.toContain("secret");
    });

    test("while earlier ones are on their way to a slow receiver", async () => {
      await add();
      const slow = message({ content: "slow" });
      const { now } = Date;
      answer = async (n) => {
        if (n > 1) return 200;
        jest.spyOn(Date, "now").mockImplementation(() => now() + 2_000); // so long it takes the receiver
        await change(deleted);
        return 200;
      };
      await tell(slow, first);
      await until(() => got.length === 2);
      jest.restoreAllMocks();
      expect(contents()).toEqual(["slow", ""]);
    });
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
