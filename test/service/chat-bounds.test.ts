import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat({ MAX_MEMBERS: "3" });
});
afterAll(() => chat.stop());

const tooLarge = expect.objectContaining({ type: "TOO_LARGE" });

it("a group takes no more members than it may have: not when it is made, not one by one, and again when one has left", async () => {
  await expect(chat.group(1, 2, 3, 4)).rejects.toEqual(tooLarge);
  const { _id: conversationId } = await chat.group(1, 2, 3);
  const add = (userId: number) => chat.as(1)("chat.addMember", { conversationId, userId });
  await expect(add(4)).rejects.toEqual(tooLarge);
  await chat.as(3)("chat.removeMember", { conversationId, userId: 3 });
  expect((await add(4)).participants).toEqual([1, 2, 4]);
  await expect(add(3)).rejects.toEqual(tooLarge);
});
