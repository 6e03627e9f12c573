/** The client SDK against the whole system, over real sockets. */
import {
  type Chat,
  type ChatOptions,
  createChat,
  createSession,
  memory,
  type Message,
  type TimelineMessage,
} from "../../client/src";
import { openSockets, type OpenSockets, type SocketLike } from "../../client/src/sockets";
import { type Account, register } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

/** A handshake that was cut off unanswered is given up after 20 s. */
const PATIENCE_MS = 60_000;

let system: System;
const open: Chat[] = [];

async function chatOf(account: Account, options: Partial<ChatOptions> = {}): Promise<Chat> {
  const chat = createChat({ url: system.url, token: account.token, ...options });
  open.push(chat);
  await chat.connect();
  return chat;
}
const textsOf = (messages: readonly TimelineMessage[]): string[] => messages.map(({ content }) => content);

beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => Promise.all(open.splice(0).map((chat) => chat.close())));
afterAll(() => system.stop());

it("two people talk: what one sends the other sees, once and in order", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await chatOf(ann), await chatOf(bob)];
  const heard: Message[] = [];
  b.on("message:created", (message) => heard.push(message));
  const group = await a.group({ name: "walks", members: [bob.id] });
  for (let i = 1; i <= 20; i++) group.send(`${i}`);
  const expected = [...Array(20).keys()].map((i) => `${i + 1}`);
  await eventually(() => expect(heard.map((m) => m.content)).toEqual(expected));
  expect(heard.map((m) => m.seq)).toEqual(expected.map(Number));
  const theirs = b.conversation(group.id);
  expect(b.conversations.value.map(({ _id, unreadCount }) => [_id, unreadCount])).toEqual([[group.id, 20]]);
  const seen: string[][] = [];
  const stop = theirs?.messages.subscribe((messages) => seen.push(textsOf(messages)));
  await eventually(() => expect(seen.at(-1)).toEqual(expected));
  stop?.();
});

it("edits, deletions, reactions and receipts reach the other side; the badge goes where one reads", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await chatOf(ann), await chatOf(bob)];
  const mine = await a.group({ name: "notes", members: [bob.id] });
  const first = await mine.send("one").sent;
  const second = await mine.send({ text: "two", replyTo: first }).sent;
  await eventually(() => expect(b.conversation(mine.id)?.unread).toBe(2));
  const theirs = b.conversation(mine.id);
  if (!theirs) throw new Error("not there");
  const stop = theirs.messages.subscribe(() => undefined);
  await mine.edit(first, "ONE");
  await theirs.react(second, "👍");
  theirs.read();
  await eventually(() => {
    expect(textsOf(theirs.messages.value)).toEqual(["ONE", "two"]);
    expect(b.conversations.value[0]?.unreadCount).toBe(0);
    expect(mine.messages.value.at(-1)).toMatchObject({
      reactions: { "👍": [bob.id] },
      status: "read",
      seen_by: [bob.id],
    });
  });
  await mine.delete(first);
  await eventually(() =>
    expect(theirs.messages.value.map((m) => [m.content, m.reply_to?.content ?? null])).toEqual([
      ["", null],
      ["two", ""],
    ]),
  );
  theirs.writing();
  await eventually(() => expect(mine.typing.value).toEqual([bob.id]));
  stop();
});

it("a refused message fails with its code and can be taken back; a stranger's first word is a request", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await chatOf(ann), await chatOf(bob)];
  const mine = await a.with(bob.id);
  expect(await a.with(bob.id)).toBe(mine);
  await mine.send("may I?").sent;
  const long = mine.send("x".repeat(5_000));
  await expect(long.sent).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect(mine.messages.value.at(-1)).toMatchObject({ state: "failed", error: { code: "TOO_LARGE" } });
  long.discard();
  expect(mine.messages.value.every(({ state }) => state === "sent")).toBe(true);
  await eventually(() => expect(b.requests.value.map((r) => r._id)).toEqual([mine.id]));
  expect(b.conversations.value).toEqual([]);
  const heard: Message[] = [];
  b.on("message:created", (message) => heard.push(message));
  await b.conversation(mine.id)?.accept();
  await eventually(() => expect(heard.map((m) => m.content)).toEqual(["may I?"]));
  expect(b.requests.value).toEqual([]);
});

it("a session signs in, and its token is rotated once for all who ask together", async () => {
  const { email, password, username } = await register(system.url);
  const session = createSession({ url: system.url });
  expect((await session.signIn({ email, password })).username).toBe(username);
  const chat = createChat({ url: system.url, token: session.token });
  open.push(chat);
  await chat.connect();
  const rotated = await Promise.all([1, 2, 3].map(() => chat.rest.ask<object>("GET", "/users/me")));
  expect(rotated).toHaveLength(3);
  expect(await session.token({ refused: true })).not.toBe("");
  await session.signOut();
  await expect((async () => session.token({ refused: true }))()).rejects.toMatchObject({ code: "AUTH_INVALID" });
  await eventually(() => expect(chat.connection.value).toMatchObject({ state: "offline", signedOut: true }));
});

it("through cuts and reloads at any moment nothing is lost, doubled or out of order, and the outboxes are empty", async () => {
  const accounts = [await register(system.url), await register(system.url), await register(system.url)];
  const stores = accounts.map(() => memory());
  const heard = accounts.map(() => new Map<number, string>());
  const lines: SocketLike[][] = accounts.map(() => []);
  const chats: Chat[] = [];
  const sockets =
    (i: number): OpenSockets =>
    (url) => {
      const make = openSockets(url);
      return (namespace, auth) => {
        const socket = make(namespace, auth);
        lines[i]?.push(socket);
        return socket;
      };
    };
  const begin = async (i: number): Promise<void> => {
    const chat = createChat({
      url: system.url,
      token: accounts[i]?.token ?? "",
      storage: stores[i] ?? memory(),
      sockets: sockets(i),
    });
    open.push(chat);
    chats[i] = chat;
    let last = 0;
    chat.on("message:created", ({ seq, content }) => {
      expect(seq).toBe(last === 0 ? seq : last + 1);
      last = seq;
      heard[i]?.set(seq, content);
    });
    await chat.open();
    void chat.connect().catch(() => undefined); // told by the state
  };
  for (const i of accounts.keys()) await begin(i);
  await eventually(() => expect(chats.map(({ state }) => state)).toEqual(["online", "online", "online"]));
  const { id } = await (chats[0] as Chat).group({ name: "storm", members: accounts.slice(1).map((a) => a.id) });
  await eventually(() => expect(chats.every((chat) => chat.conversation(id))).toBe(true));
  const said: string[] = [];
  for (let round = 0; round < 60; round++) {
    const i = round % 3;
    const text = `${i}:${round}`;
    said.push(text);
    await chats[i]?.conversation(id)?.send(text).stored;
    if (round % 4 === 1) for (const line of lines[(i + 1) % 3] ?? []) line.disconnect();
    if (round % 10 === 7) {
      await chats[i]?.close();
      await begin(i);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await eventually(() => {
    for (const chat of chats) expect(chat.conversation(id)?.info.value.last_seq).toBe(60);
    for (const one of heard)
      expect([...one.keys()].sort((x, y) => x - y)).toEqual([...Array(60).keys()].map((n) => n + 1));
  }, PATIENCE_MS);
  const [mine, ...others] = heard.map((one) => [...one].sort(([x], [y]) => x - y).map(([, content]) => content));
  for (const other of others) expect(other).toEqual(mine);
  expect([...(mine ?? [])].sort()).toEqual([...said].sort());
  for (const i of [0, 1, 2])
    expect(mine?.filter((text) => text.startsWith(`${i}:`))).toEqual(said.filter((text) => text.startsWith(`${i}:`)));
  for (const store of stores)
    await eventually(async () => expect([...(await store.keys())].filter((key) => key.startsWith("o/"))).toEqual([]));
});
