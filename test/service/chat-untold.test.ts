import { newId, storesOf } from "../../mixins/documents";
import { type collections } from "../../services/chat/host/collections";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
let conversationId: string;
const stores = () => storesOf<typeof collections>(chat.broker.getLocalService("chat"));
const heard = (): number[] => chat.heard(2, "message:created").map((m) => m.seq as number);

/** What is left of a turn whose process died between storing it and telling it. */
async function storedUntold(content: string, at = new Date()): Promise<void> {
  const { messages, conversations } = stores();
  const [last] = await messages.find({ conversation_id: conversationId }, { sort: [["seq", -1]], limit: 1 });
  const doc = { ...last!, _id: newId(), seq: last!.seq + 1, content, client_id: newId(), created_at: at };
  await messages.insert([doc]);
  const told = { last_seq: doc.seq, pos: doc.seq, last_message: doc, updated_at: at, outbox: true };
  await conversations.updateOne({ _id: conversationId }, { $set: told });
}

beforeEach(async () => {
  chat = await startChat();
  conversationId = (await chat.group(1, 2))._id;
  await chat.send(1, conversationId, "before");
  const { dir } = chat;
  await stores().conversations.updateOne({ _id: conversationId }, { $set: { published_seq: 1, outbox: false } });
  await chat.broker.stop();
  chat = await startChat({}, dir); // where nobody has woken the conversation yet
});
afterEach(() => chat.stop());

it("a message that another process stored and did not tell is told by the next sweep, though nobody writes", async () => {
  await storedUntold("left behind");
  await eventually(() => expect(heard()).toEqual([2]));
  await chat.send(1, conversationId, "after");
  expect(heard()).toEqual([2, 3]);
});

it("the same where an actor of the conversation is awake that does not know of it", async () => {
  await chat.as(2)("chat.markRead", { conversationId });
  await storedUntold("left behind");
  await eventually(() => expect(heard()).toEqual([2]));
});

it("a command that wakes the conversation tells it first", async () => {
  await storedUntold("left behind");
  await chat.send(1, conversationId, "after");
  expect(heard().slice(0, 2)).toEqual([2, 3]);
});

it("one that is older than what gateways remember to have told is left to sync", async () => {
  await storedUntold("of another day", new Date(Date.now() - 3_600_000));
  await chat.send(1, conversationId, "after");
  expect(heard()).toEqual([3]);
});

it("a conversation whose facts are safe tells nothing again", async () => {
  await chat.send(1, conversationId, "after");
  expect(heard()).toEqual([2]);
});
