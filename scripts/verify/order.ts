/** The order of what one sender sent to one conversation, against the order in which it was stored. */

/** One message as its sender sees it. */
export interface Sent {
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

/**
 * Of one sender in one conversation: what was sent after an ack comes after it, always; what was sent in a row on one
 * connection keeps its order, unless it had to be sent again.
 */
export function storedOutOfOrder(acked: readonly Sent[]): number {
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
