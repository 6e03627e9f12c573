import fc from "fast-check";
import { newId } from "../../mixins/documents";
import { type Change } from "../../mixins/documents/types";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type ConversationDoc } from "../../services/chat/conversation/documents";
import { type ChatSystem, startChat } from "../support/chat";
import { claims, documentsOf } from "../support/truth";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const users = [1, 2, 3, 4] as const;
const step = fc.record({
  who: fc.constantFrom(...users),
  whom: fc.constantFrom(...users),
  what: fc.constantFrom(
    "send",
    "send",
    "send",
    "read",
    "readMany",
    "markRead",
    "readUpTo",
    "delete",
    "forMe",
    "clear",
    "leave",
    "add",
  ),
  pick: fc.nat(30),
});

/** What a member must count as unread, counted anew from the history that they see. */
async function recount(
  user: number,
  conversationId: string,
  joined: number,
  read: ReadonlySet<string>,
): Promise<number> {
  const history = await chat.as(user)("chat.messages", { conversationId, limit: 100 });
  return history.filter(
    (m) =>
      m.sender_id !== user && m.type !== "system" && !m.deleted_at && m.seq > joined && !read.has(`${user}:${m.seq}`),
  ).length;
}

describe("unread counts", () => {
  it("equal a recount after any sequence of sends, reads, deletes, joins and leaves", async () => {
    const runs = Number(process.env.PROPERTY_RUNS ?? 60);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { _id: conversationId } = await chat.group(...users);
        const sent: { _id: string; seq: number }[] = [];
        const read = new Set<string>();
        const joined = new Map<number, number>();
        let last = 0;
        const done = async (p: Promise<unknown>): Promise<boolean> => p.then(() => true).catch(() => false);
        for (const { who, whom, what, pick } of steps) {
          const as = chat.as(who);
          const target = sent[pick % Math.max(1, sent.length)];
          if (what === "send") {
            const m = await chat.send(who, conversationId, "x").catch(() => undefined);
            if (m) sent.push(m);
            last = m?.seq ?? last;
          } else if (what === "read" && target) {
            if (await done(as("chat.read", { messageId: target._id }))) read.add(`${who}:${target.seq}`);
          } else if (what === "readMany" && target) {
            const some = sent.slice(pick % sent.length, (pick % sent.length) + 5);
            if (await done(as("chat.readMany", { messageIds: some.map((m) => m._id) })))
              for (const m of some) read.add(`${who}:${m.seq}`);
          } else if (what === "readUpTo" && target) {
            if (await done(as("chat.markRead", { conversationId, seq: target.seq })))
              for (const m of sent) if (m.seq <= target.seq) read.add(`${who}:${m.seq}`);
          } else if (what === "markRead" || what === "clear") {
            if (await done(as(what === "clear" ? "chat.clear" : "chat.markRead", { conversationId })))
              for (const m of sent) read.add(`${who}:${m.seq}`);
          } else if (what === "delete" && target) {
            await done(as("chat.deleteMessage", { messageId: target._id }));
          } else if (what === "forMe" && target) {
            if (await done(as("chat.deleteMessage", { messageId: target._id, forMe: true })))
              read.add(`${who}:${target.seq}`);
          } else if (what === "leave") {
            if (who !== 1) await done(as("chat.removeMember", { conversationId, userId: who }));
          } else if (what === "add") {
            if (await done(chat.as(1)("chat.addMember", { conversationId, userId: whom }))) {
              await done(chat.as(whom)("chat.accept", { conversationId })); // whoever left by themselves is asked
              const { last_seq } = await chat.as(whom)("chat.get", { conversationId });
              joined.set(whom, last_seq - 1);
            }
          }
        }
        for (const user of users) {
          const view = await chat
            .as(user)("chat.get", { conversationId })
            .catch(() => undefined);
          if (!view) continue;
          expect(view.unreadCount).toBe(await recount(user, conversationId, joined.get(user) ?? 0, read));
        }
      }),
      { numRuns: runs },
    );
  });
});

describe("a conversation whose documents say something else than its messages", () => {
  const here = () => chatOf(chat.broker.getLocalService("chat"));
  /** The place of the last message that its document knows of. */
  const KNOWN = 8;

  /** One that has everything that counts in a way of its own. */
  async function lived(): Promise<string> {
    const { _id: id } = await chat.group(...users);
    const said = (who: number, content: string) => chat.send(who, id, content);
    const [a, b, c] = [await said(1, "a"), await said(2, "b"), await said(3, "c")];
    await said(2, "d");
    await chat.as(2)("chat.deleteMessage", { messageId: b._id });
    await chat.as(4)("chat.deleteMessage", { messageId: a._id, forMe: true });
    await chat.as(4)("chat.read", { messageId: c._id });
    await chat.as(2)("chat.markRead", { conversationId: id, seq: 3 });
    await chat.as(1)("chat.pinMessage", { messageId: c._id });
    await chat.as(1)("chat.promote", { conversationId: id, userId: 2 });
    await said(1, "e");
    await chat.as(3)("chat.removeMember", { conversationId: id, userId: 3 });
    await said(2, "f");
    return id;
  }

  async function addedBehind(id: string, count: number, type: "text" | "system"): Promise<void> {
    const { messages } = await documentsOf(here().stores, id);
    const last = messages.at(-1)!;
    const made = (i: number) => ({ ...last, _id: newId(), seq: last.seq + 1 + i, client_id: newId(), type });
    await here().stores.messages.insert(Array.from({ length: count }, (_, i) => made(i)));
  }

  async function wrong(id: string, more: Change<ConversationDoc>): Promise<void> {
    const { conversations, members } = here().stores;
    const none = { countable: 99, sent: { 1: 50 }, pins: 7, participants: [1], admin_id: null, moderator_ids: [3] };
    const place = { last_seq: KNOWN, pos: KNOWN, redo: null };
    await conversations.updateOne({ _id: id }, { $set: { ...none, ...place } });
    await conversations.updateOne({ _id: id }, more);
    await members.updateMany({ conversation_id: id }, { $set: { read_count: 40 } });
  }

  /** Another node wakes it. */
  async function woken(id: string, by = 1) {
    const elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
    const body = { kind: "settings", pinned: false } as const;
    await elsewhere.actors.tell(id, { userId: by, staff: false, body });
    await elsewhere.stop();
    return documentsOf(here().stores, id);
  }

  it.each([
    ["of an earlier version, whatever comes last", 3, "system", { $unset: { redo: true } }],
    ["with what people said at its end", 3, "text", {}],
    ["with more at its end than a turn has", 1_100, "system", {}],
  ] as const)("is counted anew when it is woken: %s", async (_which, count, type, change) => {
    const id = await lived();
    await addedBehind(id, count, type);
    await wrong(id, change);
    const { said, true: truth } = claims(await woken(id), users);
    expect(said).toEqual(truth);
    expect(said.participants).toEqual([1, 2, 4]);
  });

  it("is counted anew without what one side was not to see", async () => {
    const { _id: id } = await chat.pair(5, 6);
    await chat.send(5, id, "a");
    const blocks = (blocked: boolean) => {
      chat.blocks[blocked ? "add" : "delete"]("6>5");
      return chat.as(6)("chat.applyBlock", { userId: 6, blockedId: 5 });
    };
    await blocks(true);
    await chat.send(5, id, "b");
    await blocks(false);
    await chat.send(5, id, "c");
    // What nobody is to read counts as read in runs, but only so many of these are kept.
    const none = { read_count: 40, last_read_seq: 0, read_above: [] };
    await here().stores.members.updateMany({ conversation_id: id, user_id: 6 }, { $set: none });
    await here().stores.conversations.updateOne({ _id: id }, { $set: { last_seq: 1, pos: 1, redo: null } });
    const { said, true: truth } = claims(await woken(id, 5), [5, 6]);
    expect(said).toEqual(truth);
    expect(said.unread.at(-1)).toEqual([6, 2]);
  });
});

it("of a group that is woken are right after deletions that not all of its members' documents have learnt of", async () => {
  const many = Array.from({ length: 30 }, (_, i) => 101 + i);
  const { _id: id } = await chat.group(...many);
  const messages = [];
  for (let i = 0; i < 5; i++) messages.push(await chat.send(101, id, `${i}`));
  await Promise.all(many.slice(1).map((user) => chat.as(user)("chat.markRead", { conversationId: id })));
  await chat.send(101, id, "unread");
  for (const { _id: messageId } of messages.slice(1)) await chat.as(101)("chat.deleteMessage", { messageId });
  const { stores } = chatOf(chat.broker.getLocalService("chat"));
  const elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
  await elsewhere.actors.tell(id, { userId: 101, staff: false, body: { kind: "settings", pinned: false } });
  const state = elsewhere.actors.peek(id)!;
  const members = [...state.members.values()].sort((a, b) => a.user_id - b.user_id);
  const { said, true: truth } = claims({ ...(await documentsOf(stores, id)), members }, many);
  expect(said.unread).toEqual(truth.unread);
  expect(new Set(said.unread.slice(1).map(([, unread]) => unread))).toEqual(new Set([1]));
  await elsewhere.stop();
});
