/** Costs against what has gathered: messages in one conversation, and conversations that sleep. */
import { newId } from "../../mixins/documents";
import { type ConversationDoc } from "../../services/chat/conversation/documents";
import { newMember } from "../../services/chat/conversation/rules/members";
import { run, type Shape } from "../load";
import { type ServerProcess } from "../process";
import { BATCH, type ChatStores, messageOf, ranked, seeded, within } from "../written";
import { ask, cost, type Curve, open, type Point } from "./curve";
import { ours, type Person, type System } from "../systems";

const PAGES = 50;
const SECONDS = 2;
const alone: Shape = { name: "one room", members: 3, rooms: 1, window: 16 };
const random = seeded();
const sizes = (most: number): number[] => [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= most);
const text = (): string => Array.from({ length: 12 }, () => `w${ranked(random, 20_000).toString(36)}`).join(" ");

async function write({ messages, conversations }: ChatStores, id: string, upTo: number): Promise<void> {
  const conversation = (await conversations.findOne({ _id: id })) as ConversationDoc;
  const { participants } = conversation;
  const first = conversation.last_seq + 1;
  for (let seq = first; seq <= upTo; seq += BATCH) {
    const count = Math.min(BATCH, upTo - seq + 1);
    await messages.insert(
      Array.from({ length: count }, (_, i) =>
        messageOf({
          conversation_id: id,
          seq: seq + i,
          sender_id: participants[(seq + i) % participants.length] as number,
          content: text(),
          at: new Date(Date.now() - (upTo - seq - i) * 1_000 - 3_600_000),
        }),
      ),
    );
  }
  if (upTo < first) return;
  const reached = { last_seq: upTo, pos: upTo, published_seq: upTo, countable: upTo, outbox: false };
  await conversations.updateOne({ _id: id }, { $set: reached });
}

async function ofHistory(server: ServerProcess, people: readonly Person[], id: string, x: number): Promise<Point> {
  const [socket] = await open(server, people.slice(0, 1));
  if (!socket) throw new Error("a conversation needs people");
  const middle = { conversationId: id, before: x >> 1, limit: 50 };
  const pages = await cost(
    server,
    Array.from({ length: PAGES }, () => () => ask(socket, "message:list", middle)),
  );
  socket.close();
  const room = { id, members: people, reached: x };
  const sent = await run(server, alone, [room], SECONDS * 1_000);
  const perMessage = sent.cpu * alone.members;
  return { x: x, y: { "us CPU a message": perMessage, "us CPU a page of 50": pages.cpu / PAGES } };
}

export const history: Curve = {
  name: "history",
  title: "One conversation with a history",
  x: "messages in it",
  async *points(most) {
    const system = ours();
    try {
      let server = await system.start();
      const people = await system.people(server, alone.members);
      const id = await system.room(server, people);
      await server.stop();
      for (const size of sizes(most)) {
        const reached = await within(system.dataDir, async (stores) => {
          await write(stores, id, size);
          return (await stores.conversations.findOne({ _id: id }))?.last_seq ?? 0;
        });
        server = await system.start();
        try {
          yield await ofHistory(server, people, id, reached);
        } finally {
          await server.stop();
        }
      }
    } finally {
      system.clean();
    }
  },
};

/** Pairs of users who never come. */
async function sleepers({ conversations, members }: ChatStores, from: number, upTo: number): Promise<void> {
  const at = new Date(Date.now() - 86_400_000);
  for (let n = from; n < upTo; n += BATCH) {
    const docs = Array.from({ length: Math.min(BATCH, upTo - n) }, (_, i) => sleeper(1_000_000 + 2 * (n + i), at));
    const all = docs.flatMap(({ _id, participants }) => participants.map((user) => newMember(_id, user, "member", at)));
    await members.insert(all);
    await conversations.insert(docs);
  }
}

function sleeper(first: number, at: Date): ConversationDoc {
  return {
    ...{ _id: newId(), type: "private", pair_key: `${first}:${first + 1}`, participants: [first, first + 1] },
    ...{ name: null, avatar: null, admin_id: null, moderator_ids: [], status: "accepted", initiator_id: first },
    ...{ declined_at: null, blocked_by: [], last_seq: 0, pos: 0, info_pos: 0, countable: 0, sent: {}, pins: 0 },
    ...{ last_message: null, published_seq: 0, outbox: false, redo: null },
    ...{ created_at: at, updated_at: at, changed_at: at, deleted_at: null },
  };
}

const tens: Shape = { name: "c10", members: 10, rooms: 10, window: 16 };

async function beside(system: System, rooms: Parameters<typeof run>[2], x: number): Promise<Point> {
  const began = performance.now();
  const server = await system.start();
  const start = performance.now() - began;
  try {
    const memory = server.memory();
    const sent = await run(server, tens, rooms, SECONDS * 1_000);
    return { x, y: { "us CPU a message": sent.cpu * tens.members, "ms to start": start, "MB at rest": memory } };
  } finally {
    await server.stop();
  }
}

export const idle: Curve = {
  name: "idle",
  title: "Ten busy rooms beside conversations that sleep",
  x: "conversations that sleep",
  async *points(most) {
    const system = ours();
    try {
      const server = await system.start();
      const people = await system.people(server, tens.members * tens.rooms);
      const rooms: Parameters<typeof run>[2][number][] = [];
      for (let i = 0; i < people.length; i += tens.members) {
        const members = people.slice(i, i + tens.members);
        rooms.push({ id: await system.room(server, members), members, reached: 0 });
      }
      await server.stop();
      let there = 0;
      for (const size of sizes(Math.min(most, 100_000))) {
        await within(system.dataDir, (stores) => sleepers(stores, there, size));
        there = size;
        yield await beside(system, rooms, size);
      }
    } finally {
      system.clean();
    }
  },
};
