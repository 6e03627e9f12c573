/** What somebody has begun to write is on all of their devices, and nobody else's. */
import { type Conversation } from "../../contracts/shapes";
import { codeOf } from "../../contracts/errors";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
let group: Conversation;
const [me, other, stranger] = [1, 2, 3] as const;
beforeAll(async () => {
  chat = await startChat({ MAX_CONTENT: "10" });
  group = await chat.group(me, other);
});
afterAll(() => chat.stop());
beforeEach(() => void (chat.emitted.length = 0));

const keep = (userId: number, content: string, replyTo?: string | null) =>
  chat.as(userId)("chat.draft", { conversationId: group._id, content, ...(replyTo === undefined ? {} : { replyTo }) });
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => "none", codeOf);
const draftOf = async (userId: number) => (await chat.as(userId)("chat.get", { conversationId: group._id })).draft;

it("is answered, listed, told live and by sync to its writer, and to nobody else", async () => {
  const { cursors } = await chat.as(me)("chat.sync", {});
  const replyTo = "a".repeat(24);
  const draft = { content: "begun", replyTo, updated_at: expect.any(String) };
  expect((await keep(me, "begun", replyTo)).draft).toEqual(draft);
  expect((await chat.as(me)("chat.list", { limit: 20, skip: 0 }))[0]?.draft).toEqual(draft);
  expect(chat.heard(me, "conversation:updated")).toMatchObject([{ conversationId: group._id, changes: { draft } }]);
  const { changes } = await chat.as(me)("chat.sync", { cursors });
  expect(changes).toMatchObject([{ type: "settings", conversation: { draft } }]);
  expect(chat.heard(other, "conversation:updated")).toEqual([]);
  expect(JSON.stringify([await draftOf(other), await chat.as(other)("chat.sync", { cursors })])).not.toContain("begun");
});

it("is the last one written; the same again, and blank ones, are no news", async () => {
  await keep(me, "one");
  await keep(me, "two");
  chat.emitted.length = 0;
  await keep(me, "two");
  expect(chat.emitted).toEqual([]);
  expect((await keep(me, " \u200b ")).draft).toBeNull();
  expect(chat.heard(me, "conversation:updated")).toMatchObject([{ changes: { draft: null } }]);
  await keep(me, "");
  expect(chat.emitted).toHaveLength(1);
});

it("stays when other settings change and messages come, and goes with its writer", async () => {
  await keep(other, "mine");
  await chat.as(other)("chat.mute", { conversationId: group._id, muted: true });
  await chat.send(me, group._id, "hi");
  expect((await draftOf(other))?.content).toBe("mine");
  await chat.as(me)("chat.removeMember", { conversationId: group._id, userId: other });
  expect(await refusal(keep(other, "still"))).toBe("FORBIDDEN");
  await chat.as(me)("chat.addMember", { conversationId: group._id, userId: other });
  expect(await draftOf(other)).toBeNull();
});

it("is refused where it can't be sent: of no member, too long, or no text", async () => {
  expect(await refusal(keep(stranger, "x"))).toBe("FORBIDDEN");
  expect(await refusal(keep(me, "x".repeat(11)))).toBe("TOO_LARGE");
  expect(await refusal(keep(me, "a\ud83d"))).toBe("BAD_REQUEST");
  expect(await refusal(keep(me, "x", "no id"))).toBe("BAD_REQUEST");
  expect(await draftOf(me)).toBeNull();
});
