import { fail } from "../../contracts/errors";
import { storesOf } from "../../mixins/documents";
import { type collections } from "../../services/chat/host/collections";
import { LocalFacts } from "../../platform/facts/local";
import { call, publish } from "../../platform/bus";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const stores = () => storesOf<typeof collections>(chat.broker.getLocalService("chat"));
const changes = (id: string) =>
  chat.facts
    .filter(({ name }) => name === "message.changed")
    .flatMap(({ payload }) =>
      payload.messages.filter((m) => m._id === id).map((m) => ({ ...m, to: payload.recipients })),
    );

it("an edit is a fact: the new text and mentions, and whom it concerns", async () => {
  const { _id: conversationId } = await chat.group(1, 2, 3);
  const { _id: messageId } = await chat.send(1, conversationId, "hello");
  await chat.as(1)("chat.edit", { messageId, content: "goodbye @user 2" });
  await eventually(() => expect(changes(messageId)).toHaveLength(1));
  expect(changes(messageId)[0]).toMatchObject({ content: "goodbye @user 2", version: 2, to: [1, 2, 3] });
});

it("a deletion is a fact without words", async () => {
  const { _id: conversationId } = await chat.group(1, 2);
  const { _id: messageId } = await chat.send(1, conversationId, "oops");
  await chat.as(1)("chat.deleteMessage", { messageId });
  await eventually(() => expect(changes(messageId)).toHaveLength(1));
  expect(changes(messageId)[0]).toMatchObject({ content: "", deleted_at: expect.any(String) });
});

it("a reaction, a pin and a deletion for oneself are none", async () => {
  const { _id: conversationId } = await chat.group(1, 2);
  const { _id: messageId } = await chat.send(1, conversationId, "hello");
  await chat.as(2)("chat.react", { messageId, emoji: "👍" });
  await chat.as(1)("chat.pinMessage", { messageId });
  await chat.as(2)("chat.deleteMessage", { messageId, forMe: true });
  await chat.send(1, conversationId, "last");
  await eventually(() => expect(chat.facts.at(-1)?.payload.messages.at(-1)?.content).toBe("last"));
  expect(changes(messageId)).toEqual([]);
});

describe("a message concerns", () => {
  const block = async (userId: number, blockedId: number, blocked: boolean): Promise<void> => {
    if (blocked) chat.blocks.add(`${userId}>${blockedId}`);
    else chat.blocks.delete(`${userId}>${blockedId}`);
    await call(chat.broker, "chat.applyBlock", { userId, blockedId });
    await publish(chat.broker, "users.blockChanged", { userId, blockedId, blocked });
  };
  /** Whom each fact of a conversation's messages named. */
  const concerned = (conversationId: string) =>
    chat.facts
      .filter(({ payload }) => payload.conversationId === conversationId && payload.messages.length)
      .map(({ payload }) => payload.recipients);

  it("nobody who blocks its sender, in a group that both are in", async () => {
    const { _id: conversationId } = await chat.group(1, 2, 3);
    await block(3, 1, true);
    const { _id: messageId } = await chat.send(1, conversationId, "hello");
    await eventually(() => expect(concerned(conversationId)).toEqual([[1, 2]]));
    await chat.as(1)("chat.edit", { messageId, content: "again" });
    await eventually(() => expect(concerned(conversationId).slice(1)).toEqual([[1, 2]]));
    await block(3, 1, false);
    await chat.as(1)("chat.edit", { messageId, content: "once more" });
    await eventually(() => expect(concerned(conversationId).slice(2)).toEqual([[1, 2, 3]]));
  });

  it("nobody who was not to see it, also when that is over", async () => {
    const { _id: conversationId } = await chat.pair(4, 5);
    await block(5, 4, true);
    const { _id: messageId } = await chat.send(4, conversationId, "do you hear me?");
    await eventually(() => expect(concerned(conversationId).at(-1)).toEqual([]));
    await block(5, 4, false);
    await chat.as(4)("chat.edit", { messageId, content: "and now?" });
    await eventually(() => expect(changes(messageId).map(({ to }) => to)).toEqual([[4]]));
  });

  it("nobody while it waits in a request", async () => {
    const { _id: conversationId } = await chat.as(6)("chat.create", { participantIds: [7], content: "may I?" });
    await eventually(() => expect(concerned(conversationId)).toEqual([[]]));
  });
});

it("an edit whose fact was not safe when its process died is told by the next sweep, and then no more", async () => {
  const { _id: conversationId } = await chat.group(1, 2);
  const { _id: messageId } = await chat.send(1, conversationId, "hello");
  await chat.as(1)("chat.edit", { messageId, content: "edited" });
  const { conversations } = stores();
  const settled = () =>
    eventually(async () => expect((await conversations.findOne({ _id: conversationId }))?.outbox).toBe(false));
  await settled();
  await conversations.updateOne({ _id: conversationId }, { $set: { outbox: true, published_pos: 0 } });
  await eventually(() => expect(changes(messageId)).toHaveLength(2));
  await settled();
  expect(changes(messageId).map((m) => m.content)).toEqual(["edited", "edited"]);
});

const commands = ["send", "edit", "delete"] as const;
describe.each(["on", "off"])("with the log of facts %s, which marks what it has to tell by itself,", (log) => {
  let before: ChatSystem;
  beforeAll(async () => {
    before = chat;
    if (log === "off") chat = await startChat({ FACTS: "off" });
  });
  afterAll(async () => {
    if (chat !== before) await chat.stop();
    chat = before;
  });

  it.each(commands)("the turn of a %s marks it, too: who dies after it is found by the sweep", async (what) => {
    const { _id: conversationId } = await chat.group(1, 2);
    const { _id: messageId } = await chat.send(1, conversationId, "hello");
    const mark = async () => (await stores().conversations.findOne({ _id: conversationId }))?.outbox;
    await eventually(async () => expect(await mark()).toBe(false));
    const publish = jest.spyOn(LocalFacts.prototype, "publish").mockRejectedValue(fail("UNAVAILABLE", "away"));
    try {
      if (what === "send") await chat.send(1, conversationId, "more");
      if (what === "edit") await chat.as(1)("chat.edit", { messageId, content: "edited" });
      if (what === "delete") await chat.as(1)("chat.deleteMessage", { messageId });
      expect(await mark()).toBe(true);
    } finally {
      publish.mockRestore();
    }
  });
});
