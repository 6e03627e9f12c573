/** What the staff sees of a conversation that it has no part in: how it is set up, and none of its words. */
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const as = (userId: number, ...roles: ("user" | "moderator" | "admin")[]) => ({
  meta: { caller: { userId, sessionId: "s", roles } },
});
const moderator = as(9, "user", "moderator");
const look = (conversationId: string, who = moderator) => call(chat.broker, "chat.look", { conversationId }, who);

it("shows who leads it, how long it is kept and whether it is locked, and none of its words", async () => {
  const { _id } = await chat.group(1, 2, 3);
  await chat.send(2, _id, "secret words");
  await chat.as(2)("chat.draft", { conversationId: _id, content: "secret draft" });
  await call(chat.broker, "chat.lock", { conversationId: _id, locked: true }, moderator);
  await call(chat.broker, "chat.setRetention", { conversationId: _id, retention: 3600 }, as(8, "user", "admin"));
  const seen = await look(_id);
  expect(seen).toMatchObject({ _id, admin_id: 1, member_count: 3, locked: true, retention: 3600, lastMessage: null });
  expect(JSON.stringify(seen)).not.toContain("secret");
});

it("shows no word of a request either, which only its recipient may read", async () => {
  const { _id } = await chat.as(1)("chat.create", { participantIds: [2], content: "secret words" });
  const seen = await look(_id);
  expect(seen).toMatchObject({ type: "private", status: "pending", lastMessage: null, draft: null });
  expect(JSON.stringify(seen)).not.toContain("secret");
});

it("shows one of the staff who is in it what they see as a member", async () => {
  const { _id } = await chat.group(1, 9);
  await chat.send(1, _id, "for all of us");
  expect((await look(_id)).lastMessage?.content).toBe("for all of us");
});

it("is refused to everybody else, to its own admin too; what is not there or has ended is not found", async () => {
  const { _id } = await chat.group(1, 2);
  for (const userId of [1, 2, 3])
    await expect(look(_id, as(userId, "user"))).rejects.toMatchObject({ type: "FORBIDDEN" });
  await expect(look(newId())).rejects.toMatchObject({ type: "NOTFOUND" });
  await chat.as(1)("chat.delete", { conversationId: _id });
  await expect(look(_id)).rejects.toMatchObject({ type: "NOTFOUND" });
});
