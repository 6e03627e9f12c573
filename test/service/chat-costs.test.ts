/** What a command costs does not grow with what has been said before, nor with who is there. */
import { calculateObjectSize } from "bson";
import { type Write } from "../../mixins/documents/types";
import { newId } from "../../platform/id";
import { chatOf, ChatContext } from "../../services/chat/chat";
import { type ConversationDoc } from "../../services/chat/conversation/documents";
import { REDO_MAX } from "../../services/chat/host/turn-writer";
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
  it("writes as many documents in a group of hundreds as in one of fifty, and every count stays right", async () => {
    const counts: number[][] = [];
    for (const size of [50, 600]) {
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

describe("waking a conversation that is not as its messages say", () => {
  it("reads them in slices, however many there are", async () => {
    const { stores } = here();
    const { _id } = await chat.group(1, 2, 3);
    const first = await chat.send(1, _id, "one");
    const doc = (await stores.messages.findOne({ _id: first._id }))!;
    const many = Array.from({ length: 2_600 }, (_, i) => ({
      ...doc,
      _id: newId(),
      seq: i + 2,
      sender_id: 1 + (i % 3),
      client_id: `many ${i}`,
    }));
    await stores.messages.insert(many);
    const found: number[] = [];
    const find = jest.spyOn(stores.messages, "find");
    await forget(_id);
    await chat.as(2)("chat.markRead", { conversationId: _id });
    for (const { value } of find.mock.results) found.push(((await value) as unknown[]).length);
    find.mockRestore();
    expect(Math.max(...found)).toBe(1_000);
    const { said, true: truth } = claims(await documentsOf(stores, _id), [1, 2, 3]);
    expect(said).toEqual(truth);
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
    for (let i = 0; i < 1_200; i += 300)
      await Promise.all(Array.from({ length: 300 }, (_, k) => [say(2, i + k), say(1, i + k)]).flat());
    const state = here().actors.peek(_id);
    expect(state?.members.get(1)?.read_above.length).toBe(1_000);
    expect((await chat.as(1)("chat.unread", {})).byConversation[_id]).toBe(1_200);
    await chat.as(1)("chat.markRead", { conversationId: _id });
    expect(here().actors.peek(_id)?.members.get(1)).toMatchObject({ last_read_seq: 2_400, read_above: [] });
    expect((await chat.as(1)("chat.unread", {})).byConversation[_id]).toBeUndefined();
  });
});

describe("where a store has no transactions", () => {
  it("a commit carries what is left to do up to a bound, however much one turn changes", async () => {
    const { stores } = here();
    const { transact } = stores;
    Object.assign(stores, { transact: undefined });
    const { _id } = await chat.group(1, 2);
    const sent = [];
    for (let i = 0; i < 24; i++) sent.push(await chat.send(1, _id, `${i}`));
    const edits = Array.from({ length: 99 }, (_, version) => ({
      content: "x".repeat(4_000),
      edited_at: new Date(),
      version,
      mentions: [],
    }));
    await stores.messages.updateMany({ conversation_id: _id, type: "text" }, { $set: { edits } });
    await forget(_id);
    const carried: number[] = [];
    const update = jest.spyOn(stores.conversations, "updateOne");
    const said = await Promise.all(
      sent.map((m) => chat.as(1)("chat.edit", { messageId: m._id, content: `${m.content}!` })),
    );
    for (const [, change] of update.mock.calls) carried.push(calculateObjectSize(change));
    update.mockRestore();
    Object.assign(stores, { transact });
    expect(said.map((m) => m.content)).toEqual(sent.map((m) => `${m.content}!`));
    expect(Math.max(...carried)).toBeLessThan(REDO_MAX + 100_000);
    expect(carried.reduce((a, b) => a + b, 0)).toBeGreaterThan(2 * REDO_MAX);
    const { messages } = await documentsOf(stores, _id);
    expect(messages.map((m) => m.content)).toEqual(sent.map((m) => `${m.content}!`));
  });
});
