/** What happened to a message, as an admin is told it: from the store to each recipient, and no word of it. */
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { generateVAPIDKeys } from "web-push";
import { type Params } from "../../contracts/actions";
import { operator } from "../../contracts/caller";
import { type MessageTrace } from "../../contracts/trace";
import { newId } from "../../mixins/documents";
import { call, publish } from "../../platform/bus";
import { chatOf } from "../../services/chat/chat";
import { contextOf } from "../../services/notifications/context";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";
import { caller } from "../support/notifications";

const [ANN, BEN, CID, DOT, EVA] = [1, 2, 3, 4, 5];
const vapid = generateVAPIDKeys();
/** Takes what goes to /open, and nothing else. */
let server: Server;
let origin: string;
let chat: ChatSystem;

const stores = () => chatOf(chat.broker.getLocalService("chat")).stores;
const kept = () => contextOf(chat.broker.getLocalService("notifications")).stores;
const trace = (messageId: string, more: Partial<Params<"notifications.trace">> = {}): Promise<MessageTrace> =>
  call(chat.broker, "notifications.trace", { messageId, limit: 50, ...more }, { meta: { caller: operator } });
const of = ({ recipients }: MessageTrace, userId: number) => recipients.find(({ user_id }) => user_id === userId);
const addWebhook = (path: string, facts: Params<"notifications.addWebhook">["facts"] = ["message.created"]) =>
  call(chat.broker, "notifications.addWebhook", { url: `${origin}${path}`, facts }, { meta: { caller: operator } });
const webhook = ({ webhooks }: MessageTrace, { _id }: { _id: string }) =>
  webhooks.find(({ webhook_id }) => webhook_id === _id);

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(request.url === "/open" ? 200 : 500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  chat = await startChat({
    SERVICES: "chat,notifications",
    OUTGOING_PRIVATE: "on",
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    VAPID_SUBJECT: "mailto:ops@example.org",
  });
});
afterAll(async () => {
  await chat.stop();
  server.close();
  server.closeAllConnections();
});

test("each recipient has a reason, and what is kept of them; the sender and who came later are none", async () => {
  const { _id } = await chat.group(ANN, BEN, CID, DOT);
  await chat.as(CID)("notifications.preferences", { set: { conversations: { [_id]: "none" } } });
  await chat.as(DOT)("chat.mute", { conversationId: _id, muted: true });
  const keys = { p256dh: vapid.publicKey, auth: "A".repeat(22) };
  await chat.as(BEN)("notifications.subscribe", { endpoint: `${origin}/shut`, keys });
  const sent = await chat.send(ANN, _id, "a quokka");
  await chat.as(ANN)("chat.addMember", { conversationId: _id, userId: EVA });
  await chat.as(DOT)("chat.read", { messageId: sent._id });
  await eventually(async () => {
    const told = await trace(sent._id);
    expect(told).toMatchObject({
      message_id: sent._id,
      conversation_id: _id,
      conversation_type: "group",
      seq: sent.seq,
      sender_id: ANN,
      created_at: sent.created_at,
      ...{ edited_at: null, deleted_at: null, rewrite_published: null, published: true, next: null },
      fact: { type: "message.created", position: expect.any(Number) },
    });
    expect(told.recipients.map(({ user_id }) => user_id)).toEqual([BEN, CID, DOT]);
    expect(of(told, BEN)).toMatchObject({ reason: "made", notification: "unread", devices: 1, pushes_waiting: 1 });
    expect(of(told, BEN)!.push_attempts).toBeGreaterThan(0);
    expect(of(told, CID)).toMatchObject({ reason: "conversation_off", notification: null, pushes_waiting: 0 });
    expect(of(told, DOT)).toMatchObject({ reason: "muted", notification: null, read: true });
    expect(JSON.stringify(told)).not.toContain("quokka");
  });
});

test("a page goes on where the one before ended", async () => {
  const { _id } = await chat.group(ANN, BEN, CID, DOT);
  const sent = await chat.send(ANN, _id, "pages");
  const seen: number[] = [];
  let after: number | null = 0;
  for (let pages = 0; after !== null && pages < 9; pages += 1) {
    const page: MessageTrace = await trace(sent._id, { limit: 1, ...(after ? { after } : {}) });
    seen.push(...page.recipients.map(({ user_id }) => user_id));
    after = page.next;
  }
  expect([seen, after]).toEqual([[BEN, CID, DOT], null]);
});

test("what was edited and deleted is so, its fact says so, and its notification is removed", async () => {
  const { _id } = await chat.pair(ANN, BEN);
  const sent = await chat.send(ANN, _id, "before");
  await eventually(async () => expect(of(await trace(sent._id), BEN)?.notification).toBe("unread"));
  await chat.as(ANN)("chat.edit", { messageId: sent._id, content: "after" });
  await eventually(async () => {
    const told = await trace(sent._id);
    expect(told).toMatchObject({ edited_at: expect.any(String), deleted_at: null, rewrite_published: true });
    expect(told.version).toBeGreaterThan(sent.version);
  });
  await chat.as(ANN)("chat.deleteMessage", { messageId: sent._id });
  await eventually(async () => {
    const told = await trace(sent._id);
    expect(told).toMatchObject({ deleted_at: expect.any(String), rewrite_published: true });
    expect(of(told, BEN)).toMatchObject({ reason: "made", notification: "removed" });
  });
});

test("what waits in the outbox is told, of a message and of an edit; a reaction after that changes nothing", async () => {
  const { _id } = await chat.pair(CID, DOT);
  const sent = await chat.send(CID, _id, "wait");
  await chat.as(CID)("chat.edit", { messageId: sent._id, content: "wait, please" });
  await chat.as(DOT)("chat.react", { messageId: sent._id, emoji: "👍" });
  await eventually(async () =>
    expect(await trace(sent._id)).toMatchObject({ published: true, rewrite_published: true }),
  );
  await eventually(async () => {
    // The fact of the reaction may still be on its way, and write after us.
    await stores().conversations.updateOne({ _id }, { $set: { published_seq: sent.seq - 1, published_pos: 0 } });
    expect(await trace(sent._id)).toMatchObject({ published: false, rewrite_published: false });
  });
});

test("who has blocked the sender has none, and that is why", async () => {
  const { _id } = await chat.group(EVA, BEN, CID);
  chat.blocks.add(`${BEN}>${EVA}`);
  await publish(chat.broker, "users.blockChanged", { userId: BEN, blockedId: EVA, blocked: true });
  const sent = await chat.send(EVA, _id, "unheard");
  await eventually(async () => {
    const told = await trace(sent._id);
    expect(of(told, BEN)).toMatchObject({ reason: "hidden", notification: null });
    expect(of(told, CID)).toMatchObject({ reason: "made", notification: "unread" });
  });
});

test("each webhook that takes facts of its kind tells whether it has it", async () => {
  const [open, shut] = [await addWebhook("/open"), await addWebhook("/shut")];
  const other = await addWebhook("/open", ["member.added"]);
  const { _id } = await chat.group(ANN, BEN);
  const sent = await chat.send(ANN, _id, "hook");
  await eventually(async () => {
    const told = await trace(sent._id);
    expect(webhook(told, open)).toMatchObject({ state: "taken", attempts: 0, error: null });
    expect(webhook(told, shut)).toMatchObject({ state: "waiting", due_at: expect.any(String) });
    expect(webhook(told, shut)!.attempts).toBeGreaterThan(0);
    expect(webhook(told, other)).toBeUndefined();
  });
  const later = await addWebhook("/open");
  const { position } = (await trace(sent._id)).fact!;
  expect(webhook(await trace(sent._id), later)).toMatchObject({ state: "made_later" });
  // As after the last attempt, hours later.
  const failure = { webhook_id: shut._id, position, event_id: "e", error: "answered 500", created_at: new Date() };
  await kept().webhookFailures.insert([{ _id: newId(), ...failure }]);
  await kept().webhooks.updateOne({ _id: shut._id }, { $set: { position } });
  expect(webhook(await trace(sent._id), shut)).toMatchObject({ state: "given_up", error: "answered 500" });
});

test("there is no trace of what there is not, and none for who is no admin", async () => {
  await expect(trace(newId())).rejects.toMatchObject({ type: "NOTFOUND" });
  await expect(trace("nonsense")).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
  const { _id } = await chat.group(ANN, BEN);
  const sent = await chat.send(ANN, _id, "mine");
  for (const who of [caller(ANN, "user"), caller(BEN, "user", "moderator")]) {
    const asked = call(
      chat.broker,
      "notifications.trace",
      { messageId: sent._id, limit: 1 },
      { meta: { caller: who } },
    );
    await expect(asked).rejects.toMatchObject({ type: "FORBIDDEN" });
  }
});
