/** The client SDK against the whole system, over real sockets. */
import { type Chat, type ChatOptions, createChat, type Message, type TimelineMessage } from "../../client/src";
import { type Account, register } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

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
}, 240_000);
afterEach(() => Promise.all(open.splice(0).map((chat) => chat.close())));
afterAll(() => system.stop(), 60_000);

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
