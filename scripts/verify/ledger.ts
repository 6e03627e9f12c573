/**
 * Keeps book of what was sent, acknowledged, received and found in the history, and says which promises were broken.
 * Pure: the client writes into it, the verdict comes out.
 */
import { type Sent, storedOutOfOrder } from "./order";

/** What one member has of one conversation. */
interface Inbox {
  readonly seqs: Set<number>;
  connection: number;
  last: number;
  readonly thisConnection: Set<number>;
}
export interface Stored {
  readonly seq: number;
  readonly clientId?: string | undefined;
}

export interface Verdict {
  readonly attempted: number;
  readonly acked: number;
  readonly received: number;
  /** Acknowledged, and not in the history. */
  readonly lost: number;
  /** In the history, and never reached a member, neither live nor by sync. */
  readonly missed: number;
  /** One message twice in the history, or twice on one connection, or acknowledged as two. */
  readonly duplicated: number;
  /** Received out of order on one connection, or stored in another order than sent. */
  readonly inverted: number;
  /** Numbers left out in a history. */
  readonly gaps: number;
  /** Seen by someone who is not a member. */
  readonly leaks: number;
  /** Received, and not in the history. */
  readonly phantoms: number;
  /** The longest that a message took from its first attempt to its ack. */
  readonly recoverySeconds: number;
}

export class Ledger {
  private readonly sent = new Map<string, Sent>();
  private readonly members = new Map<string, ReadonlySet<string>>();
  private readonly inboxes = new Map<string, Inbox>();
  /** Who was seen at each number of a conversation: the client ids, of which there may be one. */
  private readonly seen = new Map<string, Map<number, Set<string | undefined>>>();
  private readonly histories = new Map<string, readonly Stored[]>();
  private received = 0;
  private duplicated = 0;
  private inverted = 0;
  private leaks = 0;

  conversation(id: string, members: readonly string[]): void {
    this.members.set(id, new Set(members));
  }

  attempted(conversation: string, clientId: string, sender: string, connection: number, at: number): void {
    const known = this.sent.get(clientId);
    if (known) known.attempts++;
    else this.sent.set(clientId, { conversation, clientId, sender, connection, at, attempts: 1 });
  }

  acked(clientId: string, seq: number, at: number): void {
    const message = this.sent.get(clientId);
    if (!message) throw new Error(`an ack for ${clientId}, which nobody sent`);
    if (message.seq !== undefined && message.seq !== seq) this.duplicated++;
    message.seq ??= seq;
    message.ackedAt ??= at;
  }

  /** `connection` counts the member's connections: order and uniqueness are promised within one. */
  got(member: string, connection: number, conversation: string, seq: number, clientId?: string): void {
    this.received++;
    if (!this.members.get(conversation)?.has(member)) return void this.leaks++;
    this.noteSeen(conversation, seq, clientId);
    const inbox = this.inbox(member, conversation, connection);
    if (inbox.thisConnection.has(seq)) this.duplicated++;
    else if (seq < inbox.last) this.inverted++;
    inbox.last = Math.max(inbox.last, seq);
    inbox.thisConnection.add(seq);
    inbox.seqs.add(seq);
  }

  /** Learned by sync or from a list: it counts as had, and promises no order. */
  caughtUp(member: string, conversation: string, seq: number): void {
    this.inbox(member, conversation).seqs.add(seq);
  }

  /** Up to where a member has everything: the cursor for sync. */
  cursor(member: string, conversation: string): number {
    const { seqs } = this.inbox(member, conversation);
    let seq = 0;
    while (seqs.has(seq + 1)) seq++;
    return seq;
  }

  history(conversation: string, messages: readonly Stored[]): void {
    this.histories.set(conversation, messages);
  }

  /** When the first ack after `since` came, of a message to one of these conversations. */
  firstAckAfter(since: number, conversations: ReadonlySet<string>): number | undefined {
    const acks = [...this.sent.values()]
      .filter(({ conversation, ackedAt = 0 }) => ackedAt > since && conversations.has(conversation))
      .map(({ ackedAt = 0 }) => ackedAt);
    return acks.length > 0 ? Math.min(...acks) : undefined;
  }

  /** How many receipts of what was acknowledged until then have not reached their members. */
  behind(until: number): number {
    let behind = 0;
    for (const { conversation, seq, ackedAt = Infinity } of this.sent.values())
      if (seq !== undefined && ackedAt <= until)
        for (const member of this.members.get(conversation) ?? [])
          if (!this.inbox(member, conversation).seqs.has(seq)) behind++;
    return behind;
  }

  /** How many receipts are still to come before all members have all of the histories. */
  missed(): number {
    let missed = 0;
    for (const [conversation, messages] of this.histories)
      for (const member of this.members.get(conversation) ?? [])
        for (const { seq } of messages) if (!this.inbox(member, conversation).seqs.has(seq)) missed++;
    return missed;
  }

  verdict(): Verdict {
    const acked = [...this.sent.values()].filter((message) => message.seq !== undefined);
    const stored = this.stored();
    const twice =
      [...this.histories.values()].flat().filter(({ clientId }) => clientId !== undefined).length - stored.size;
    return {
      attempted: this.sent.size,
      acked: acked.length,
      received: this.received,
      lost: acked.filter(({ clientId, seq }) => stored.get(clientId) !== seq).length,
      missed: this.missed(),
      duplicated: this.duplicated + twice,
      inverted: this.inverted + storedOutOfOrder(acked),
      gaps: this.gaps(),
      leaks: this.leaks,
      phantoms: this.phantoms(),
      recoverySeconds: Math.max(0, ...acked.map(({ at, ackedAt = at }) => ackedAt - at)) / 1000,
    };
  }

  private inbox(member: string, conversation: string, connection?: number): Inbox {
    const key = `${member} ${conversation}`;
    let inbox = this.inboxes.get(key);
    if (!inbox) this.inboxes.set(key, (inbox = { seqs: new Set(), connection: 0, last: 0, thisConnection: new Set() }));
    if (connection !== undefined && connection !== inbox.connection) {
      inbox.connection = connection;
      inbox.last = 0;
      inbox.thisConnection.clear();
    }
    return inbox;
  }

  private noteSeen(conversation: string, seq: number, clientId: string | undefined): void {
    let numbers = this.seen.get(conversation);
    if (!numbers) this.seen.set(conversation, (numbers = new Map<number, Set<string | undefined>>()));
    const there = numbers.get(seq);
    if (there) there.add(clientId);
    else numbers.set(seq, new Set([clientId]));
  }

  private phantoms(): number {
    let phantoms = 0;
    for (const [conversation, messages] of this.histories) {
      const stored = new Map(messages.map(({ seq, clientId }) => [seq, clientId] as const));
      for (const [seq, clientIds] of this.seen.get(conversation) ?? [])
        for (const clientId of clientIds)
          if (!stored.has(seq) || (clientId !== undefined && stored.get(seq) !== clientId)) phantoms++;
    }
    return phantoms;
  }

  private stored(): Map<string, number> {
    const messages = [...this.histories.values()].flat();
    return new Map(messages.flatMap(({ clientId, seq }) => (clientId === undefined ? [] : [[clientId, seq] as const])));
  }

  private gaps(): number {
    let gaps = 0;
    for (const messages of this.histories.values()) {
      const seqs = new Set(messages.map(({ seq }) => seq));
      gaps += Math.max(0, ...seqs) - seqs.size;
    }
    return gaps;
  }
}

const broken = ["lost", "missed", "duplicated", "inverted", "gaps", "leaks", "phantoms"] as const;

export const kept = (verdict: Verdict): boolean => verdict.acked > 0 && broken.every((name) => verdict[name] === 0);
