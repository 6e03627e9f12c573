/** An outbox alone, on a store of a few arrays, with a consumer that tells what it heard; reads and the bus can be held up. */
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { consume } from "../../platform/facts";
import { brokerOptions } from "../../moleculer.config";
import { type ConversationDoc, type MessageDoc } from "../../services/chat/conversation/documents";
import { newMember } from "../../services/chat/conversation/rules/members";
import { type Turn } from "../../services/chat/conversation/turn";
import { type Stores } from "../../services/chat/host/stores";
import { Outbox, outboxLimits, type OutboxLimits } from "../../services/chat/host/outbox";
import { tempDir } from "./facts";

export const quick: OutboxLimits = { ...outboxLimits, rest: 10, settle: [20, 100] };

export class OutboxBench {
  readonly conversations = new Map<string, ConversationDoc>();
  readonly messages: MessageDoc[] = [];
  /** What the consumer heard, in its order. */
  readonly heard: { id: string; seq: number; to: readonly number[] }[] = [];
  /** What the log of facts was given, by key. */
  readonly logged: string[] = [];
  /** Awaited by the consumer, whatever it hears. */
  deaf: Promise<void> | undefined;
  /** Ids of messages whose change it heard of. */
  readonly changed: string[] = [];
  /** Awaited by every read of messages. */
  held: Promise<void> | undefined;
  reads = 0;
  readonly outbox: Outbox;

  private constructor(
    private readonly broker: ServiceBroker,
    limits: OutboxLimits,
    wake: (id: string) => Promise<unknown>,
  ) {
    const upkeep = { wake, bury: () => Promise.resolve() };
    const record = (facts: readonly { key: string }[]): Promise<void> => {
      this.logged.push(...facts.map(({ key }) => key));
      return Promise.resolve();
    };
    this.outbox = new Outbox(broker, this.stores(), () => true, upkeep, limits, undefined, record);
  }

  static async start(
    limits: Partial<OutboxLimits> = {},
    wake: (id: string) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<OutboxBench> {
    const env = readEnv({ NODE_ENV: "test", SERVICES: "chat", DATA_DIR: tempDir(), LOG_LEVEL: "fatal" });
    const broker = new ServiceBroker({ ...brokerOptions(env), transporter: null, logger: false });
    const bench = new OutboxBench(broker, { ...quick, ...limits }, wake);
    const hear = consume("message.created", async (fact) => {
      await bench.deaf;
      for (const { seq } of fact.messages) {
        bench.heard.push({ id: fact.conversationId, seq, to: fact.recipients });
      }
    });
    const note = consume("message.changed", (fact) => {
      for (const { _id } of fact.messages) bench.changed.push(_id);
      return Promise.resolve();
    });
    broker.createService({ name: "listener", channels: { "message.created": hear, "message.changed": note } });
    await broker.start();
    return bench;
  }

  async stop(): Promise<void> {
    await this.outbox.stop();
    await this.broker.stop();
  }

  conversation(id: string): ConversationDoc {
    const now = new Date();
    const known = this.conversations.get(id);
    const doc =
      known ??
      ({
        _id: id,
        type: "group",
        status: "accepted",
        blocked_by: [],
        participants: [1],
        name: null,
      } as never);
    if (!known) Object.assign(doc, { last_seq: 0, published_seq: 0, outbox: false, updated_at: now, deleted_at: null });
    this.conversations.set(id, doc);
    return doc;
  }

  /** Stores messages as a turn does, and says so to the outbox unless `told` is false. */
  store(id: string, count: number, told = true): Pick<Turn["state"], "conversation"> {
    const conversation = this.conversation(id);
    const now = new Date();
    const inserts = Array.from({ length: count }, (_, i) => {
      const seq = conversation.last_seq + 1 + i;
      const doc = { _id: `${id}-${seq}`, conversation_id: id, seq, type: "text", client_id: "auto:", sender_id: 1 };
      return { ...doc, created_at: now, updated_at: now, edited_at: null, deleted_at: null, pinned_at: null } as never;
    });
    this.messages.push(...(inserts as MessageDoc[]));
    conversation.last_seq += count;
    conversation.outbox = true;
    const members = new Map([[1, newMember(id, 1, "member", now)]]);
    // The actor has a copy of its own, which knows the cursor it was loaded with.
    const turn = {
      inserts,
      rewritten: new Map(),
      messages: new Map(),
      quotes: new Map(),
      news: [],
      rewrittenBefore: 0,
      now,
      state: { conversation: { ...conversation, published_seq: 0 }, members },
    };
    if (told) this.outbox.add(turn as never as Turn);
    return turn.state;
  }

  /** An edit of the last message, or a deletion, by an actor that has read the conversation from the store. */
  edit(id: string, fields: Partial<MessageDoc> = { edited_at: new Date() }): void {
    const conversation = this.conversation(id);
    const doc = this.messages.filter((m) => m.conversation_id === id).at(-1) as MessageDoc;
    const at = conversation.last_seq + 2 ** -20;
    Object.assign(doc, { ...fields, changed_pos: at });
    Object.assign(conversation, { rewritten_pos: at, outbox: true });
    const state = { conversation: { ...conversation }, members: new Map() };
    this.outbox.add({
      inserts: [],
      rewritten: new Map([[doc, at]]),
      messages: new Map([[doc._id, fields]]),
      quotes: new Map(),
      news: [],
      rewrittenBefore: 0,
      now: new Date(),
      state,
    } as never);
  }

  /** Stores its end, as the turn does that deletes it. */
  end(id: string): void {
    const conversation = this.conversation(id);
    Object.assign(conversation, { deleted_at: new Date(), outbox: true });
    this.outbox.add({ inserts: [], rewritten: new Map(), news: [{}], ended: true, state: { conversation } } as never);
  }

  /** Messages in memory: as the outbox counts them, and as they are. */
  memory(): { counted: number; held: number } {
    const { held: counted, backlogs } = this.outbox as unknown as {
      readonly held: number;
      readonly backlogs: ReadonlyMap<string, { readonly held: number }>;
    };
    return { counted, held: [...backlogs.values()].reduce((sum, { held }) => sum + held, 0) };
  }

  seqs(id: string): number[] {
    return this.heard.filter((h) => h.id === id).map((h) => h.seq);
  }

  private stores(): Stores {
    const { conversations: kept, messages } = this;
    const conversations = {
      find: ({ _id }: { _id: { $gt: string } }, { limit }: { limit: number }) => {
        this.reads++;
        const left = [...kept.values()].filter((c) => c.outbox && c._id > _id.$gt);
        const page = left.sort((a, b) => (a._id < b._id ? -1 : 1)).slice(0, limit);
        return this.late(page.map((c) => ({ ...c })));
      },
      findOne: ({ _id }: { _id: string }) => Promise.resolve(kept.has(_id) ? { ...kept.get(_id) } : undefined),
      updateOne: (filter: Record<string, unknown>, { $set }: { $set: object }) => {
        const doc = kept.get(filter._id as string) as ConversationDoc;
        const most = (filter.published_seq as { $lte: number } | undefined)?.$lte ?? Infinity;
        if ((filter.last_seq ?? doc.last_seq) !== doc.last_seq || doc.published_seq > most) return Promise.resolve(0);
        Object.assign(doc, $set);
        return Promise.resolve(1);
      },
    };
    const find = (f: { conversation_id: string; seq: { $gt: number; $lte: number } }, { limit }: { limit: number }) => {
      const all = messages.filter((m) => m.conversation_id === f.conversation_id);
      return this.late(all.filter((m) => m.seq > f.seq.$gt && m.seq <= f.seq.$lte).slice(0, limit));
    };
    const members = { find: () => Promise.resolve([newMember("", 1, "member", new Date())]) };
    return { conversations, messages: { find }, members } as never;
  }

  /** What was there when it was asked for, at the time that the test chooses. */
  private async late<T>(found: T): Promise<T> {
    await this.held;
    return found;
  }
}
