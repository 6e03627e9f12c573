/** What a command costs does not grow with what has been said before, nor with who is there. */
import { type Write } from "../../mixins/documents/types";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type ConversationDoc } from "../../services/chat/conversation/documents";
import { type ChatSystem, startChat } from "../support/chat";
import { claims, documentsOf } from "../support/truth";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat({ MAX_MEMBERS: "1000" });
});
afterAll(() => chat.stop());
const here = () => chatOf(chat.broker.getLocalService("chat"));

/** Documents that are written while this runs. */
async function written(run: () => Promise<unknown>): Promise<number> {
  const { stores } = here();
  const { transact } = stores;
  let count = 0;
  const size = (write: Write): number =>
    "insert" in write ? write.insert.length : "update" in write ? write.update.length : 1;
  Object.assign(stores, {
    transact: (writes: readonly Write[]) => {
      for (const write of writes) count += size(write);
      return transact?.(writes);
    },
  });
  await run();
  Object.assign(stores, { transact });
  return count;
}

const forget = async (id: string): Promise<void> => {
  const actors = here().actors as unknown as { actors: Map<string, unknown> };
  await here().actors.tell(id, { userId: 0, staff: false, body: { kind: "audience" } });
  await new Promise((resolve) => setImmediate(resolve));
  actors.actors.delete(id);
};

describe("deleting a message", () => {
  it("writes as many documents in a group of a thousand as in one of fifty, and every count stays right", async () => {
    const counts: number[][] = [];
    for (const size of [50, 1_000]) {
      const members = Array.from({ length: size }, (_, i) => i + 1);
      const [admin = 0, ...others] = members;
      const { _id } = await chat.group(admin, ...others);
      const sent = [];
      for (let i = 0; i < 24; i++) sent.push(await chat.send(members[i % 7] as number, _id, `${i}`));
      // Some read all of it, some a part, some nothing.
      await Promise.all(
        others.map(async (id) => {
          const { actors } = here();
          const read = { kind: "markRead", ...(id % 3 === 1 ? { seq: 12 } : {}) } as const;
          if (id % 3) await actors.tell(_id, { userId: id, staff: false, body: read });
        }),
      );
      const costs = [];
      for (const [i, { _id: messageId }] of sent.slice(0, 12).entries()) {
        costs.push(await written(() => chat.as(admin)("chat.deleteMessage", { messageId })));
        if (i === 5) await forget(_id); // and is woken out of what is stored
        if (i === 7) await chat.as(members[20] as number)("chat.markRead", { conversationId: _id });
        const { said, true: truth } = claims(await documentsOf(here().stores, _id), members);
        expect(said).toEqual(truth);
      }
      counts.push(costs);
      const { uncounted = [] } = (await here().stores.conversations.findOne({ _id })) as ConversationDoc;
      expect(uncounted.length).toBeLessThanOrEqual(12);
    }
    const [small = [], large = []] = counts;
    expect(Math.max(...large)).toBeLessThanOrEqual(Math.max(...small));
    expect(Math.max(...large)).toBeLessThan(30);
  });

  it("keeps no list of deletions that all know of", async () => {
    const members = Array.from({ length: 60 }, (_, i) => i + 1);
    const [admin = 0, ...others] = members;
    const { _id } = await chat.group(admin, ...others);
    const sent = [];
    for (let i = 0; i < 20; i++) sent.push(await chat.send(admin, _id, `${i}`));
    for (const userId of others) await chat.as(userId)("chat.markRead", { conversationId: _id });
    const lengths = [];
    for (const { _id: messageId } of sent) {
      await chat.as(admin)("chat.deleteMessage", { messageId });
      const { uncounted = [] } = (await here().stores.conversations.findOne({ _id })) as ConversationDoc;
      lengths.push(uncounted.length);
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4);
    const elsewhere = new ChatContext(chat.broker.getLocalService("chat"));
    await elsewhere.actors.tell(_id, { userId: 7, staff: false, body: { kind: "settings", muted: true } });
    const { said, true: truth } = claims(await documentsOf(here().stores, _id), members);
    expect(said).toEqual(truth);
    await elsewhere.stop();
  });
});

describe("one who only writes", () => {
  it("keeps a bounded number of what they have written apart, and a count that is right", async () => {
    const { _id } = await chat.group(1, 2);
    const say = (userId: number, i: number) =>
      here().actors.tell(_id, {
        userId,
        staff: false,
        body: {
          kind: "send",
          content: `${i}`,
          attachments: [],
          type: "text",
          clientId: `k${userId}-${i}`,
          mentions: [],
          named: [],
          all: false,
        },
      });
    for (let i = 0; i < 1_500; i++) await Promise.all([say(2, i), say(1, i)]);
    const state = here().actors.peek(_id);
    expect(state?.members.get(1)?.read_above.length).toBe(1_000);
    expect((await chat.as(1)("chat.unread", {})).byConversation[_id]).toBe(1_500);
    await chat.as(1)("chat.markRead", { conversationId: _id });
    expect(here().actors.peek(_id)?.members.get(1)).toMatchObject({ last_read_seq: 3_000, read_above: [] });
    expect((await chat.as(1)("chat.unread", {})).byConversation[_id]).toBeUndefined();
  });
});
