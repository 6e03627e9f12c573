/** Making a group notifies those in it as adding them does: each once, whatever dies meanwhile, and nobody else. */
import { fail } from "../../contracts/errors";
import { LocalFacts } from "../../platform/facts/local";
import { newId, storesOf } from "../../mixins/documents";
import { chatOf } from "../../services/chat/chat";
import { type collections } from "../../services/chat/host/collections";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());
beforeEach(() => {
  chat.invites.length = 0;
  chat.reserved.clear();
  chat.blocks.clear();
});

const stores = () => storesOf<typeof collections>(chat.broker.getLocalService("chat"));
const invited = (id: string): number[] =>
  chat.invites
    .filter(({ conversationId }) => conversationId === id)
    .map(({ userId }) => userId)
    .sort((a, b) => a - b);
const settled = (id: string): Promise<void> =>
  eventually(async () => expect((await stores().conversations.findOne({ _id: id }))?.outbox).toBe(false));

it("tells each who is in it, once, but not who made it", async () => {
  const { _id } = await chat.group(1, 2, 3);
  await settled(_id);
  expect(invited(_id)).toEqual([2, 3]);
  expect(chat.invites[0]).toMatchObject({ factId: `${_id}:2`, name: "g", actorId: 1, seq: 0 });
  await chat.send(1, _id, "hello");
  await settled(_id);
  expect(invited(_id)).toEqual([2, 3]);
});

it("says it apart from the first message, which may come with it", async () => {
  const { _id } = await chat.as(1)("chat.create", { participantIds: [2], type: "group", content: "welcome" });
  await settled(_id);
  expect(invited(_id)).toEqual([2]);
  expect(chat.facts.filter(({ payload }) => payload.conversationId === _id)).toHaveLength(1);
});

it("says nothing to those who are only asked, who have blocked its maker, or of a private conversation", async () => {
  chat.reserved.add(12);
  chat.blocks.add("13>11");
  const { _id } = await chat.group(11, 12, 13, 14);
  const pair = await chat.as(11)("chat.create", { participantIds: [12], content: "hi" });
  const alone = await chat.group(11);
  for (const id of [_id, pair._id, alone._id]) await settled(id);
  expect(chat.invites.map(({ userId }) => userId)).toEqual([14]);
  await chat.as(12)("chat.accept", { conversationId: _id });
  await settled(_id);
  expect(invited(_id)).toEqual([14]); // whoever accepts knows it
});

it("makes none a second time where its creation is said again", async () => {
  const wanted = { participantIds: [2, 3], type: "group" as const, clientId: newId() };
  const { _id } = await chat.as(1)("chat.create", wanted);
  await chat.as(1)("chat.create", wanted);
  await settled(_id);
  expect(invited(_id)).toEqual([2, 3]);
});

it("is told by the sweep where the node died between storing the group and telling it", async () => {
  const { _id } = await chat.group(1, 2, 3);
  await settled(_id);
  await chat.as(1)("chat.removeMember", { conversationId: _id, userId: 3 });
  await settled(_id);
  chat.invites.length = 0;
  await stores().conversations.updateOne({ _id }, { $set: { outbox: true, greet: [2, 3] } });
  await chatOf(chat.broker.getLocalService("chat")).outbox.sweep();
  await settled(_id);
  expect(invited(_id)).toEqual([2]); // who is out by then is told nothing
  await chatOf(chat.broker.getLocalService("chat")).outbox.sweep();
  expect(invited(_id)).toEqual([2]);
});

it("waits for a bus that is away, and stays marked for the sweep though messages were told meanwhile", async () => {
  const publish = jest.spyOn(LocalFacts.prototype, "publish").mockRejectedValue(fail("UNAVAILABLE", "away"));
  const { _id } = await chat.group(1, 2);
  await eventually(() => expect(publish).toHaveBeenCalled());
  publish.mockRestore();
  await chat.send(1, _id, "hello");
  await eventually(() => expect(chat.facts.filter(({ payload }) => payload.conversationId === _id)).toHaveLength(1));
  await settled(_id);
  expect(invited(_id)).toEqual([2]);
});
