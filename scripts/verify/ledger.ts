/**
 * Keeps book of what was sent, acknowledged, received and found in the history, and says which promises were broken.
 * Pure: the client writes into it, the verdict comes out.
 */

/** One message as its sender sees it. */
interface Sent {
  readonly conversation: string;
  readonly clientId: string;
  readonly sender: string;
  readonly at: number;
  /** The sender's connection at the first attempt. */
  readonly connection: number;
  attempts: number;
  ackedAt?: number;
  seq?: number;
}
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
  /** The longest that a message took from its first attempt to its ack. */
  readonly recoverySeconds: number;
}

export class Ledger {
  private readonly sent = new Map<string, Sent>();
  private readonly members = new Map<string, ReadonlySet<string>>();
  private readonly inboxes = new Map<string, Inbox>();
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
  got(member: string, connection: number, conversation: string, seq: number): void {
    this.received++;
    if (!this.members.get(conversation)?.has(member)) return void this.leaks++;
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
      inverted: this.inverted + this.storedOutOfOrder(acked),
      gaps: this.gaps(),
      leaks: this.leaks,
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

  /**
   * Of one sender in one conversation: what was sent after an ack comes after it, always; what was sent in a row on one
   * connection keeps its order, unless it had to be sent again.
   */
  private storedOutOfOrder(acked: readonly Sent[]): number {
    const rows = new Map<string, Sent[]>();
    for (const message of acked) {
      const key = `${message.sender} ${message.conversation}`;
      const row = rows.get(key);
      if (row) row.push(message);
      else rows.set(key, [message]);
    }
    let inverted = 0;
    for (const row of rows.values()) inverted += outOfOrder(row);
    return inverted;
  }
}

function outOfOrder(row: readonly Sent[]): number {
  let inverted = 0;
  let highestOfFirstAttempts = { seq: 0, connection: 0 };
  const acks = row.map(({ seq = 0, ackedAt = 0 }) => ({ seq, ackedAt })).sort((a, b) => a.ackedAt - b.ackedAt);
  let settled = 0;
  let highestSettled = 0;
  for (const { seq = 0, at, attempts, connection } of row) {
    for (let ack = acks[settled]; ack && ack.ackedAt < at; ack = acks[++settled])
      highestSettled = Math.max(highestSettled, ack.seq);
    const first = attempts === 1;
    const behind = first && connection === highestOfFirstAttempts.connection && seq < highestOfFirstAttempts.seq;
    if (seq < highestSettled || behind) inverted++;
    if (!first) continue;
    if (connection !== highestOfFirstAttempts.connection) highestOfFirstAttempts = { seq, connection };
    else if (seq > highestOfFirstAttempts.seq) highestOfFirstAttempts = { seq, connection };
  }
  return inverted;
}

const broken = ["lost", "missed", "duplicated", "inverted", "gaps", "leaks"] as const;

export const kept = (verdict: Verdict): boolean => verdict.acked > 0 && broken.every((name) => verdict[name] === 0);
