/**
 * Files that a conversation has no use for any more are closed to it, inside a turn: no message that names one is decided
 * between the look and the closing. One that was being prepared meanwhile has its files opened anew.
 */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { fail, Refusal } from "../../../contracts/errors";
import { atMost } from "../../../platform/caches";
import { call } from "../../../platform/bus";
import { type CommandBody } from "../conversation/commands";
import { type ConversationDoc } from "../conversation/documents";
import { type Stores } from "./stores";

/** Longer than opening a file may take. */
const REMEMBERED_MS = 60_000;
const REMEMBERED = 10_000;
/** A conversation waits no longer for its files to be closed. */
const CLOSE_MS = 2_000;
/** Closings that failed and are tried again. */
const OWED = 1_000;

const refusals = new WeakSet<Refusal>();
/** The files of a draft were closed after it had opened them: it is to be prepared once more. */
export const wasClosed = (error: unknown): boolean => error instanceof Refusal && refusals.has(error);

const filesOf = (body: CommandBody): readonly string[] => {
  if (body.kind === "send") return body.attachments;
  return body.kind === "update" && body.avatar ? [body.avatar] : [];
};

export class Files {
  /** When a file was closed to a conversation, by this node's monotonic clock. */
  private readonly closed = new LRUCache<string, number>({ ...atMost(REMEMBERED), ttl: REMEMBERED_MS });
  private readonly owed = new Map<string, Set<string>>();

  constructor(
    private readonly broker: ServiceBroker,
    private readonly stores: Stores,
  ) {}

  /** @throws what `wasClosed` knows */
  check(conversationId: string, body: CommandBody): void {
    if (!("openedAt" in body) || body.openedAt === undefined) return;
    const { openedAt } = body;
    if (!filesOf(body).some((url) => (this.closed.get(`${conversationId} ${url}`) ?? -1) >= openedAt)) return;
    const refusal = fail("UNAVAILABLE", "A file of it was closed meanwhile; try again.");
    refusals.add(refusal);
    throw refusal;
  }

  /** After the turn is stored, and before the next. Where it fails it is owed, and the answer is false. */
  async close(conversation: ConversationDoc, urls: readonly string[], besides: readonly string[]): Promise<boolean> {
    const { _id: conversationId } = conversation;
    try {
      const free = await this.unused(conversation, [...new Set(urls)], besides);
      if (!free.length) return true;
      await call(this.broker, "uploads.detach", { conversationId, urls: free }, { timeout: CLOSE_MS }).finally(() => {
        for (const url of free) this.closed.set(`${conversationId} ${url}`, performance.now());
      });
      return true;
    } catch (error) {
      this.broker.logger.debug(`files of ${conversationId} stay open for now: ${String(error)}`);
      if (!besides.length) this.owe(conversationId, urls);
      return false;
    }
  }

  /** What failed, by conversation, to be let go of again. */
  takeOwed(): [conversationId: string, urls: string[]][] {
    const all = [...this.owed].map(([id, urls]): [string, string[]] => [id, [...urls]]);
    this.owed.clear();
    return all;
  }

  owe(conversationId: string, urls: readonly string[]): void {
    const known = this.owed.get(conversationId);
    if (!known && this.owed.size >= OWED) return;
    this.owed.set(conversationId, new Set([...(known ?? []), ...urls]));
  }

  /** Those that are in no message, in none that waits for its time, and not the conversation's picture. */
  private async unused(
    { _id, avatar }: ConversationDoc,
    urls: readonly string[],
    besides: readonly string[],
  ): Promise<string[]> {
    const { messages, later } = this.stores;
    const named = await Promise.all(
      urls.map(async (url) => {
        const having = { conversation_id: _id, attachments: url };
        const others = besides.length ? { ...having, _id: { $nin: besides } } : having;
        return (await messages.findOne(others, { fields: ["seq"] })) ?? later.findOne(having, { fields: ["at"] });
      }),
    );
    return urls.filter((url, i) => !named[i] && url !== avatar);
  }
}
