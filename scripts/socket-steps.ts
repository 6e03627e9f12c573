/** The steps of the socket check, in order: each is a fact about the contract, told with two throwaway users. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Conversation, type Member, type Message, type Notification } from "../contracts/shapes";
import { type Tokens } from "../contracts/users";
import { Client, Refused, register, rest } from "./socket-client";

interface Person extends Tokens {
  chat: Client;
  notifications: Client<"/notifications">;
}
export interface World {
  readonly url: string;
  /** While true, a failure ends the check. */
  vital: boolean;
  readonly people: Person[];
  ann: Person;
  bob: Person;
  /** The private conversation. */
  talk: Conversation;
  group: Conversation;
  sent: Message[];
}

/** Filled in by the first steps; a step that reads what an earlier one could not make fails by name. */
export const newWorld = (url: string): World => ({ url, vital: true, people: [], sent: [] }) as unknown as World;

const unknownId = "0".repeat(24);

async function refuses(code: string, work: Promise<unknown>): Promise<void> {
  const answer = await work.then(
    () => "a success",
    (error: unknown) => (error instanceof Refused ? error.code : (error as Error).message),
  );
  assert.equal(answer, code);
}

async function enter(world: World, name: string): Promise<Person> {
  const email = `${name.toLowerCase()}-${randomBytes(6).toString("hex")}@example.com`;
  const tokens = await register(world.url, `${name} (check)`, email, randomBytes(12).toString("hex"));
  const chat = await Client.connect(world.url, "/chat", tokens.accessToken, { join: "all" });
  const notifications = await Client.connect(world.url, "/notifications", tokens.accessToken);
  const person = { ...tokens, chat, notifications };
  world.people.push(person);
  return person;
}

const send = (person: Person, conversationId: string, content: string, more: object = {}): Promise<Message> =>
  person.chat.ask<Message>("message:send", { conversationId, content, ...more });

export const steps: Readonly<Record<string, (w: World) => Promise<void>>> = {
  "the server is ready": async ({ url }) => {
    const response = await fetch(new URL("/health/ready", url));
    assert.equal(response.status, 200);
  },
  "a handshake without a good token is refused": async ({ url }) => {
    await refuses("AUTH_INVALID", Client.connect(url, "/chat", "nonsense"));
  },
  "two people register and connect to both namespaces": async (w) => {
    w.ann = await enter(w, "Ann");
    w.bob = await enter(w, "Bob");
    w.vital = false;
  },
  "a refresh token opens no socket": async ({ url, ann }) => {
    await refuses("AUTH_INVALID", Client.connect(url, "/chat", ann.refreshToken));
  },
  "unknown events, bad payloads and unknown ids are answered with their codes": async ({ ann: { chat } }) => {
    await refuses("BAD_REQUEST", chat.ask("no:such:event"));
    await refuses("BAD_REQUEST", chat.ask("message:send", "not an object"));
    await refuses("BAD_REQUEST", chat.ask("message:send", { conversationId: 7, content: "x" }));
    await refuses("NOTFOUND", chat.ask("conversation:get", { conversationId: unknownId }));
  },
  "a first private conversation is a request": async (w) => {
    w.talk = await w.ann.chat.ask<Conversation>("conversation:create", { participantIds: [w.bob.user.user_id] });
    assert.equal(w.talk.status, "pending");
    const told = await w.bob.chat.wait("conversation:created");
    assert.equal(told.conversation.status, "pending");
  },
  "what is sent meanwhile can be read, but is not pushed": async ({ ann, bob, talk }) => {
    await send(ann, talk._id, "May I?");
    await sleep(300);
    assert.equal(bob.chat.all("message:created").length, 0);
    const list = await bob.chat.ask<Message[]>("message:list", { conversationId: talk._id });
    assert.deepEqual(
      list.map((m) => m.content),
      ["May I?"],
    );
  },
  "accepting it tells the one who asked": async ({ ann, bob, talk }) => {
    await bob.chat.ask("conversation:accept", { conversationId: talk._id });
    const { acceptedBy } = await ann.chat.wait("request:accepted");
    assert.equal(acceptedBy, bob.user.user_id);
  },
  "a message reaches both sides once, the sender's with its clientId": async ({ ann, bob, talk }) => {
    const message = await send(ann, talk._id, "Hello", { clientId: "hello-1" });
    await bob.chat.wait("message:created", (m) => m._id === message._id);
    const own = await ann.chat.wait("message:created", (m) => m._id === message._id);
    assert.equal(own.clientId, "hello-1");
    await sleep(200);
    for (const { chat } of [ann, bob])
      assert.equal(chat.all("message:created").filter((m) => m._id === message._id).length, 1);
  },
  "the same clientId is the same message, and is not broadcast again": async ({ ann, bob, talk }) => {
    const before = bob.chat.all("message:created").length;
    const again = await send(ann, talk._id, "Hello", { clientId: "hello-1" });
    assert.equal(again._id, bob.chat.all("message:created").at(-1)?._id);
    await sleep(200);
    assert.equal(bob.chat.all("message:created").length, before);
    await refuses("CONFLICT", send(ann, talk._id, "Other words", { clientId: "hello-1" }));
  },
  "messages sent in a row keep their order, without gaps": async (w) => {
    const from = w.bob.chat.all("message:created").length;
    w.sent = await Promise.all(Array.from({ length: 20 }, (_, i) => send(w.ann, w.talk._id, `number ${i}`)));
    const first = w.sent[0]?.seq ?? Number.NaN;
    const expected = w.sent.map((_, i) => first + i);
    assert.deepEqual(
      w.sent.map((m) => m.seq),
      expected,
    );
    await w.bob.chat.wait("message:created", (m) => m._id === w.sent.at(-1)?._id);
    const received = w.bob.chat.all("message:created").slice(from);
    assert.deepEqual(
      received.map((m) => m.seq),
      expected,
    );
  },
  "history is paged by seq, newest first": async ({ bob, talk, sent }) => {
    const before = sent[10]?.seq ?? 0;
    const page = await bob.chat.ask<Message[]>("message:list", { conversationId: talk._id, limit: 3, before });
    assert.deepEqual(
      page.map((m) => m.seq),
      [before - 1, before - 2, before - 3],
    );
  },
  "an edit is told, and its earlier text kept": async ({ ann, bob, sent }) => {
    const messageId = sent[0]?._id;
    await ann.chat.ask("message:edit", { messageId, content: "edited" });
    const told = await bob.chat.wait("message:updated", (m) => m._id === messageId);
    assert.equal(told.content, "edited");
    const history = await bob.chat.ask<{ content: string }[]>("message:history", { messageId });
    assert.equal(history[0]?.content, "number 0");
    await refuses("FORBIDDEN", bob.chat.ask("message:edit", { messageId, content: "not mine" }));
  },
  "a deletion leaves the place and takes the text": async ({ ann, bob, talk, sent }) => {
    const gone = sent[1];
    await ann.chat.ask("message:delete", { messageId: gone?._id });
    await bob.chat.wait("message:deleted", (e) => e.messageId === gone?._id);
    const [left] = await bob.chat.ask<Message[]>("message:list", {
      conversationId: talk._id,
      limit: 1,
      before: (gone?.seq ?? 0) + 1,
    });
    assert.equal(left?.content, "");
    assert.ok(left?.deleted_at);
  },
  "reactions are told with their counts": async ({ ann, bob, sent }) => {
    await bob.chat.ask("message:react", { messageId: sent[2]?._id, emoji: "👍" });
    const told = await ann.chat.wait("message:reaction", (e) => e.messageId === sent[2]?._id);
    assert.equal(told.counts["👍"], 1);
  },
  "delivered and read come back to the sender; unread counts follow": async ({ ann, bob, talk, sent }) => {
    const unread = await bob.chat.ask<{ count: number }>("message:unread-count");
    assert.ok(unread.count > 0);
    await bob.chat.ask("message:delivered", { messageId: sent[5]?._id });
    await ann.chat.wait("message:status", (e) => e.messageId === sent[5]?._id && e.status === "delivered");
    await bob.chat.ask("conversation:mark-read", { conversationId: talk._id });
    await ann.chat.wait("conversation:read", (e) => e.userId === bob.user.user_id);
    assert.equal((await bob.chat.ask<{ count: number }>("message:unread-count")).count, 0);
    const status = await ann.chat.ask<{ status: string }>("message:status:get", { messageId: sent.at(-1)?._id });
    assert.equal(status.status, "read");
  },
  "typing reaches the other side only": async ({ ann, bob, talk }) => {
    await ann.chat.ask("typing", { conversationId: talk._id, isTyping: true });
    await bob.chat.wait("typing", (e) => e.isTyping && e.userId === ann.user.user_id);
    assert.equal(ann.chat.all("typing").length, 0);
  },
  "search finds by prefix and marks the words": async ({ bob }) => {
    const found = await bob.chat.ask<{ messages: Message[]; total: number }>("message:search", { query: "edit" });
    assert.equal(found.total, 1);
    assert.match(found.messages[0]?.highlight ?? "", /<mark>/);
  },
  "who was away catches up by sync, with edits": async (w) => {
    const { cursors } = await w.bob.chat.ask<{ cursors: Record<string, number> }>("sync");
    w.bob.chat.close();
    const missed = await send(w.ann, w.talk._id, "while you were away");
    await w.ann.chat.ask("message:edit", { messageId: w.sent[3]?._id, content: "edited meanwhile" });
    w.bob.chat = await Client.connect(w.url, "/chat", w.bob.accessToken, { join: "all" });
    const { changes } = await w.bob.chat.ask<{ changes: { message?: Message }[] }>("sync", { cursors });
    const told = new Map(changes.flatMap(({ message }) => (message ? [[message._id, message.content]] : [])));
    assert.equal(told.get(missed._id), "while you were away");
    assert.equal(told.get(w.sent[3]?._id ?? ""), "edited meanwhile");
  },
  "a group is made, renamed, and has members": async (w) => {
    const participantIds = [w.bob.user.user_id];
    w.group = await w.ann.chat.ask<Conversation>("conversation:create", {
      participantIds,
      type: "group",
      name: "Check",
    });
    assert.equal(w.group.status, "accepted");
    await w.bob.chat.wait("conversation:created", (e) => e.conversationId === w.group._id);
    await w.ann.chat.ask("conversation:update", { conversationId: w.group._id, name: "Checked" });
    await w.bob.chat.wait("conversation:updated", (e) => e.conversationId === w.group._id);
    const members = await w.bob.chat.ask<Member[]>("conversation:members", { conversationId: w.group._id });
    assert.deepEqual(members.map((m) => m.role).sort(), ["admin", "member"]);
  },
  "who was removed is shut out at once": async ({ ann, bob, group }) => {
    const userId = bob.user.user_id;
    await ann.chat.ask("conversation:remove-member", { conversationId: group._id, userId });
    await refuses("FORBIDDEN", send(bob, group._id, "let me in"));
    await refuses("FORBIDDEN", bob.chat.ask("message:list", { conversationId: group._id }));
    const { _id } = await send(ann, group._id, "among ourselves");
    await sleep(300);
    assert.ok(!bob.chat.all("message:created").some((m) => m._id === _id));
  },
  "messages become notifications, and reading one is told": async ({ ann, bob, talk }) => {
    const { notifications } = bob;
    await send(ann, talk._id, "worth a notification");
    const { _id } = await notifications.wait("notification:created", (n) => n.content === "worth a notification");
    const [newest] = await notifications.ask<Notification[]>("notification:list", { limit: 1 });
    assert.equal(newest?._id, _id);
    await notifications.ask("notification:read", { notificationId: _id });
    await notifications.wait("notification:read", (e) => e.notificationId === _id);
    await notifications.wait("notification:count");
  },
  "a ping is answered by a pong": async ({ ann }) => {
    await ann.notifications.ask("notification:ping", { action: "ping" });
    await ann.notifications.wait("pong");
  },
  "who is blocked is not heard": async ({ ann, bob, talk }) => {
    await bob.chat.ask("user:block", { userId: ann.user.user_id });
    const before = bob.chat.all("message:created").length;
    await send(ann, talk._id, "do you hear me?").catch(() => undefined); // how it is silent is the server's affair
    await sleep(300);
    assert.equal(bob.chat.all("message:created").length, before);
    await bob.chat.ask("user:unblock", { userId: ann.user.user_id });
  },
  "signing out cuts the sockets": async ({ url, ann }) => {
    await rest(url, "POST", "/auth/logout", undefined, ann.accessToken);
    for (let tries = 0; ann.chat.socket.connected && tries < 100; tries++) await sleep(50);
    assert.equal(ann.chat.socket.connected, false);
    await refuses("AUTH_INVALID", Client.connect(url, "/chat", ann.accessToken));
  },
};

/** Throwaway users don't stay: who can still speak deletes themselves. */
export async function tidyUp({ url, people }: World): Promise<void> {
  for (const { chat, notifications, user, accessToken } of people) {
    chat.close();
    notifications.close();
    await rest(url, "DELETE", `/users/${user.user_id}`, undefined, accessToken).catch(() => undefined); // signed out above
  }
}
