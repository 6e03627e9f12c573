/** Saved messages: one's own, on all of one's devices, and only as long as one may read them. */
import { type Conversation } from "../../contracts/shapes";
import { codeOf } from "../../contracts/errors";
import { chatOf } from "../../services/chat/chat";
import { MAX_SAVED } from "../../services/chat/conversation/rules/saved";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
let group: Conversation;
const [me, other, stranger] = [1, 2, 3] as const;
beforeAll(async () => void (chat = await startChat()));
afterAll(() => chat.stop());
beforeEach(async () => {
  group = await chat.group(other, me);
  chat.emitted.length = 0;
});

const save = (messageId: string, by: number = me) => chat.as(by)("chat.saveMessage", { messageId });
const unsave = (messageId: string, by: number = me) => chat.as(by)("chat.unsaveMessage", { messageId });
const saved = async (conversationId: string | undefined = group._id, by: number = me) =>
  (await chat.as(by)("chat.saved", { limit: 100, ...(conversationId ? { conversationId } : {}) })).map(
    (s) => s.message._id,
  );
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => "none", codeOf);

it("is answered, listed newest first, told live and by sync to its owner, and to nobody else", async () => {
  const [a, b] = [await chat.send(other, group._id, "a"), await chat.send(me, group._id, "b")];
  const { cursors } = await chat.as(me)("chat.sync", {});
  chat.emitted.length = 0;
  const { saved_at } = await save(b._id);
  await save(a._id);
  expect(saved_at).toEqual(expect.any(String));
  expect((await chat.as(me)("chat.saved", { limit: 10 })).at(-1)).toMatchObject({ message: { _id: b._id }, saved_at });
  expect(await saved()).toEqual([a._id, b._id]);
  const news = { messageId: b._id, conversationId: group._id, saved_at };
  expect(chat.heard(me, "message:saved")[0]).toEqual(news);
  expect(chat.heard(other, "message:saved")).toEqual([]);
  const { changes } = await chat.as(me)("chat.sync", { cursors });
  expect(changes).toMatchObject([{ type: "settings", settings: { saved: [b._id, a._id] } }]);
  expect(await saved(group._id, other)).toEqual([]);
  const theirs = await chat.as(other)("chat.sync", { cursors });
  expect(theirs.changes.filter(({ type }) => type === "settings")).toEqual([]);
});

it("saved again or let go of again is no news", async () => {
  const { _id } = await chat.send(other, group._id, "a");
  const first = await save(_id);
  expect(await save(_id)).toEqual(first);
  expect(await unsave(_id)).toEqual({ saved_at: null });
  expect(await unsave(_id)).toEqual({ saved_at: null });
  expect(chat.heard(me, "message:saved")).toHaveLength(2);
  expect(await saved()).toEqual([]);
});

it("is shown as it is now, and not at all once it is deleted, hidden, or in a conversation that one is out of", async () => {
  const all = [];
  for (const text of ["edited", "deleted", "dropped", "stays"]) all.push(await chat.send(other, group._id, text));
  const [edited, deleted, dropped, stays] = all as [any, any, any, any];
  for (const { _id } of all) await save(_id);
  await chat.as(other)("chat.edit", { messageId: edited._id, content: "said better" });
  await chat.as(other)("chat.deleteMessage", { messageId: deleted._id });
  await chat.as(me)("chat.deleteMessage", { messageId: dropped._id, forMe: true });
  const seen = await chat.as(me)("chat.saved", { limit: 2, conversationId: group._id });
  expect(seen.map(({ message }) => message.content)).toEqual(["stays", "said better"]);
  for (const { _id } of [deleted, dropped]) await unsave(_id);
  await chat.as(me)("chat.clear", { conversationId: group._id });
  expect(await saved()).toEqual([]);
  const after = await chat.send(other, group._id, "after");
  await save(after._id);
  await chat.as(other)("chat.removeMember", { conversationId: group._id, userId: me });
  expect([await saved(), await saved(undefined)].flat()).not.toContain(after._id);
  expect(await refusal(unsave(after._id))).toBe("FORBIDDEN");
  expect(stays.content).toBe("stays");
});

it("comes in pages that leave nothing out, over conversations, though some were saved at the same moment", async () => {
  const { stores } = chatOf(chat.broker.getLocalService("chat"));
  const [user, peer] = [40, 41];
  const ids: string[] = [];
  for (let c = 0; c < 3; c += 1) {
    const { _id: conversationId } = await chat.group(user, peer);
    for (let i = 0; i < 3; i += 1) ids.push((await chat.send(peer, conversationId, `${c} ${i}`))._id);
  }
  for (const id of ids) await save(id, user);
  const same = new Date();
  for (const member of await stores.members.find({ user_id: user })) {
    const [first, ...rest] = member.saved ?? [];
    if (first)
      await stores.members.updateOne({ _id: member._id }, { $set: { saved: [{ ...first, at: same }, ...rest] } });
  }
  const seen: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await chat.as(user)("chat.saved", { limit: 2, ...(before ? { before } : {}) });
    seen.push(...page.map(({ message }) => message._id));
    if (!page.length) break;
    before = page.at(-1)?.saved_at;
  }
  expect([...seen].sort()).toEqual([...ids].sort());
});

it("is refused of no member, of what is deleted or unknown", async () => {
  const { _id } = await chat.send(other, group._id, "a");
  expect(await refusal(save(_id, stranger))).toBe("FORBIDDEN");
  expect(await refusal(save("a".repeat(24)))).toBe("NOTFOUND");
  await chat.as(other)("chat.deleteMessage", { messageId: _id });
  expect(await refusal(save(_id))).toBe("NOTFOUND");
});

it("has as many beside it as a conversation takes, and one less makes room", async () => {
  const user = 50;
  const { _id: conversationId } = await chat.group(other, user);
  const ids: string[] = [];
  for (let i = 0; i <= MAX_SAVED; i += 50)
    ids.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => chat.send(other, conversationId, "x")))).map((m) => m._id),
    );
  const [one, ...more] = ids as [string, ...string[]];
  await Promise.all(more.slice(0, MAX_SAVED).map((id) => save(id, user)));
  expect(await refusal(save(one, user))).toBe("TOO_LARGE");
  await unsave(more[0] ?? "", user);
  expect(await refusal(save(one, user))).toBe("none");
});
