/** Attachments as objects: in every payload that has the message, gone with it, and absent from what is older than they are. */
import { type Message } from "../../contracts/shapes";
import { chatOf } from "../../services/chat/chat";
import { type ChatSystem, fileAt, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
const [me, other] = [1, 2] as const;
beforeAll(async () => void (chat = await startChat()));
afterAll(() => chat.stop());

const [one, two] = ["/files/1", "/files/2"] as const;
const files = [fileAt(one), fileAt(two)];

/** The message as each door shows it to the other member. */
async function everywhere({ _id, conversation_id: conversationId }: Message): Promise<(Message | undefined)[]> {
  const ask = chat.as(other);
  const of = (all: readonly Message[]): Message | undefined => all.find((m) => m._id === _id);
  const { changes } = await ask("chat.sync", { cursors: { [conversationId]: 0 } });
  return [
    of(await ask("chat.messages", { conversationId, limit: 20 })),
    await ask("chat.message", { messageId: _id }),
    (await ask("chat.get", { conversationId })).lastMessage ?? undefined,
    changes.findLast(({ message }) => message?._id === _id)?.message,
  ];
}

it("are in the answer, the event, lists, sync, search, pins, threads and facts", async () => {
  const { _id: conversationId } = await chat.group(me, other);
  const asked = await chat.send(me, conversationId, "what?");
  const sent = await chat.send(me, conversationId, "holiday", { attachments: [one, two], replyTo: asked._id });
  expect(sent.files).toEqual(files);
  expect(chat.heard(other, "message:created").at(-1).files).toEqual(files);
  await chat.as(me)("chat.pinMessage", { messageId: sent._id });
  for (const seen of await everywhere(sent)) expect(seen?.files).toEqual(files);
  const { messages } = await chat.as(other)("chat.search", { query: "holiday", limit: 5, skip: 0 });
  const pins = await chat.as(other)("chat.pins", { conversationId });
  const thread = await chat.as(other)("chat.thread", { messageId: asked._id, limit: 5 });
  for (const [seen] of [messages, pins, thread]) expect(seen?.files).toEqual(files);
  await eventually(() => {
    const told = chat.facts.flatMap(({ payload }) => payload.messages).find((m) => m._id === sent._id);
    expect(told?.files).toEqual(files);
  });
});

it("go with a copy into another conversation, and with the retry of a send", async () => {
  const [from, to] = [await chat.group(me, other), await chat.group(me, 3)];
  const sent = await chat.send(me, from._id, "", { attachments: [two], clientId: "k" });
  const copy = await chat.as(me)("chat.forward", { messageId: sent._id, conversationId: to._id });
  const again = await chat.send(me, from._id, "", { attachments: [two], clientId: "k" });
  expect([copy.files, again]).toEqual([[fileAt(two)], sent]);
});

it("stay with an edit of the words", async () => {
  const { _id } = await chat.group(me, other);
  const sent = await chat.send(me, _id, "a", { attachments: [one] });
  const edited = await chat.as(me)("chat.edit", { messageId: sent._id, content: "b" });
  expect(edited.files).toEqual([fileAt(one)]);
});

it("are nowhere once the message is deleted", async () => {
  const { _id } = await chat.group(me, other);
  const sent = await chat.send(me, _id, "", { attachments: [one] });
  await chat.as(me)("chat.deleteMessage", { messageId: sent._id });
  for (const seen of await everywhere(sent))
    expect(seen).toMatchObject({ attachments: [], deleted_at: expect.any(String) });
  expect(JSON.stringify(await everywhere(sent))).not.toContain("1.png");
  expect(
    JSON.stringify(await chatOf(chat.broker.getLocalService("chat")).stores.messages.find({ _id: sent._id })),
  ).not.toContain("1.png");
});

it("are no list where there is nothing attached, and where the message is older than they are", async () => {
  const { _id } = await chat.group(me, other);
  expect(await chat.send(me, _id, "plain")).not.toHaveProperty("files");
  const old = await chat.send(me, _id, "old", { attachments: [one] });
  const { stores } = chatOf(chat.broker.getLocalService("chat"));
  await stores.messages.updateOne({ _id: old._id }, { $set: { files: null as never } });
  const seen = await chat.as(other)("chat.message", { messageId: old._id });
  expect(seen.attachments).toEqual([one]);
  expect(seen).not.toHaveProperty("files");
});
