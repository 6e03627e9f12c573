import fc from "fast-check";
import { type ChatSystem, startChat } from "../support/chat";

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
