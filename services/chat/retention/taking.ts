/**
 * Messages are taken away a few in one turn of their conversation, each turn followed by a rest, so that neither those who
 * write there nor anyone else waits for it: with the time that people leave, and no faster than it is told on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { BESIDE_PEOPLE, BESIDE_WRITERS, Pace } from "../../../platform/facts/pace";
import { type CommandBody } from "../conversation/commands";
import { type MessageDoc } from "../conversation/documents";

/** Messages in one turn, about 2 ms of CPU on the embedded store; and read at once. */
const AT_ONCE = 20;
export const PAGE = 200;
/** Of a conversation what the log of facts and notifications have not heard yet: more waits for them. */
const MOST_UNTOLD = 100;
const UNTOLD_REST_MS = 10;
/** No longer than this: where it can't be told now, the store keeps it until it can. */
const UNTOLD_WAIT_MS = 5_000;

/** Runs a command in a turn of a conversation. */
export type Tell = (conversationId: string, body: CommandBody) => Promise<unknown>;
type Old = Pick<MessageDoc, "_id" | "seq" | "attachments">;

/** What came of it: all is gone, or a legal hold is on the conversation, or a file can't be closed now. */
export interface Taken {
  readonly gone: boolean;
  readonly held: boolean;
}

export class Taking {
  private readonly pace: Pace;
  private stopped = false;

  constructor(
    readonly tell: Tell,
    /** Of a conversation of this node, how much of what happened is not told on yet. */
    private readonly untold: (conversationId: string) => number,
    /** Is something written on this node at the moment? */
    isWritten: () => boolean,
  ) {
    this.pace = new Pace(() => (isWritten() ? BESIDE_WRITERS : BESIDE_PEOPLE));
  }

  stop(): void {
    this.stopped = true;
  }

  /** One step of it, of a few milliseconds, after a rest. */
  step<T>(work: () => Promise<T>): Promise<T> {
    return this.pace.run(work);
  }

  /** In turns of a few, until one of them can't go. @param upTo of those of a turn: all that was made until then is gone */
  async away<M extends Old>(
    conversationId: string,
    all: readonly M[],
    upTo?: (some: readonly M[]) => Date | undefined,
  ): Promise<Taken> {
    for (let i = 0; i < all.length && !this.stopped; i += AT_ONCE) {
      const some = all.slice(i, i + AT_ONCE);
      await this.heard(conversationId);
      const taken = await this.step(() => this.take(conversationId, some, upTo?.(some)));
      if (!taken.gone) return taken;
    }
    return { gone: !this.stopped, held: false };
  }

  private async heard(conversationId: string): Promise<void> {
    const end = Date.now() + UNTOLD_WAIT_MS;
    while (!this.stopped && this.untold(conversationId) > MOST_UNTOLD && Date.now() < end) await sleep(UNTOLD_REST_MS);
  }

  /** Their files first: who dies in between has taken from nobody what they could not have again. */
  private async take(conversationId: string, some: readonly Old[], upTo: Date | undefined): Promise<Taken> {
    const messageIds = [...some].sort((a, b) => a.seq - b.seq).map(({ _id }) => _id);
    const urls = some.flatMap(({ attachments }) => attachments);
    if (urls.length) {
      const letGo = { kind: "letGo", urls, besides: messageIds } as const;
      const { closed, held } = (await this.tell(conversationId, letGo)) as { closed: boolean; held: boolean };
      if (!closed) return { gone: false, held };
    }
    const expire = { kind: "expire", messageIds, ...(upTo ? { upTo } : {}) } as const;
    const { held } = (await this.tell(conversationId, expire)) as { held: boolean };
    return { gone: !held, held };
  }
}
