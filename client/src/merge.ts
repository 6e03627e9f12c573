/** How what is told later joins what is known of a message. Pure; the order of telling does not matter. */
import { type Delivery, type Message, type ServerEvents } from "./protocol";

const RANK = { failed: 0, sent: 1, delivered: 2, read: 3 } as const;
type Status = Message["status"];

const higher = (a: Status, b: Status): Status => (RANK[b] > RANK[a] ? b : a);

/** How far it got with each, the further of two tellings. */
function joined(a: readonly Delivery[], b: readonly Delivery[]): Delivery[] {
  const byUser = new Map(a.map((delivery) => [delivery.user_id, delivery]));
  for (const delivery of b) {
    const known = byUser.get(delivery.user_id);
    if (!known || RANK[delivery.status] > RANK[known.status]) byUser.set(delivery.user_id, delivery);
  }
  return [...byUser.values()];
}

/** Receipts only ever grow; where nothing does, the message itself is given back. */
function withDeliveries(message: Message, news: readonly Delivery[], recipients: number): Message {
  const fresh = news.some(({ user_id, status }) => {
    const known = message.delivery_info.find((d) => d.user_id === user_id);
    return !known || RANK[status] > RANK[known.status];
  });
  if (!fresh) return message;
  const delivery_info = joined(message.delivery_info, news);
  const readers = delivery_info.filter((d) => d.status === "read").map((d) => d.user_id);
  // The status of a message is the lowest of its recipients'; who is not in the list has not got it yet.
  const lowest =
    delivery_info.length < Math.max(1, recipients)
      ? message.status
      : delivery_info.reduce<Status>((low, d) => (RANK[d.status] < RANK[low] ? d.status : low), "read");
  return {
    ...message,
    delivery_info,
    seen_by: [...new Set([...message.seen_by, ...readers])],
    status: higher(message.status, lowest),
  };
}

/** The newer of two copies with the receipts of both. Once deleted, always deleted. */
export function newer(known: Message, told: Message, recipients: number): Message {
  const stale = told.version < known.version || (known.deleted_at !== null && told.deleted_at === null);
  if (stale || told.version === known.version) {
    const grown = withDeliveries(known, told.delivery_info, recipients);
    return stale || RANK[told.status] <= RANK[grown.status] ? grown : { ...grown, status: told.status };
  }
  const grown = withDeliveries(told, known.delivery_info, recipients);
  return { ...grown, status: higher(grown.status, known.status) };
}

export function withReceipt(
  message: Message,
  { userId, status, timestamp, deliveryInfo }: ServerEvents["/chat"]["message:status"],
  recipients: number,
): Message {
  return withDeliveries(message, [...deliveryInfo, { user_id: userId, status, timestamp }], recipients);
}

export interface ReadUpTo {
  readonly userId: number;
  readonly seq: number;
  readonly timestamp: string | null;
}

/** `userId` has got or read everything up to `seq`. */
export function withReadUpTo(
  message: Message,
  read: ReadUpTo,
  status: "read" | "delivered",
  recipients: number,
): Message {
  if (message.seq > read.seq || message.sender_id === read.userId || message.type === "system") return message;
  return withDeliveries(message, [{ user_id: read.userId, status, timestamp: read.timestamp }], recipients);
}

type Reaction = ServerEvents["/chat"]["message:reaction"];

/**
 * @returns the message, and whether it now is as the server has it. Where it is not, its version stays behind, so that
 * the server's copy replaces it.
 */
export function withReaction(
  message: Message,
  { userId, emoji, added, counts, version }: Reaction,
): [Message, boolean] {
  if (version <= message.version) return [message, true];
  const before = message.reactions[emoji] ?? [];
  const users = added ? [...new Set([...before, userId])] : before.filter((id) => id !== userId);
  const { [emoji]: _old, ...others } = message.reactions;
  const reactions = users.length > 0 ? { ...others, [emoji]: users } : others;
  const agrees = Object.entries({ ...Object.fromEntries(Object.keys(reactions).map((k) => [k, 0])), ...counts }).every(
    ([key, count]) => (reactions[key]?.length ?? 0) === count,
  );
  const whole = agrees && version === message.version + 1;
  return [{ ...message, reactions, ...(whole ? { version } : {}) }, whole];
}

/** Its text is nowhere from now on. */
export function asDeleted(message: Message, at: string): Message {
  if (message.deleted_at) return message;
  const { files: _files, preview: _preview, poll: _poll, ...rest } = message;
  return { ...rest, content: "", attachments: [], custom: {}, reactions: {}, deleted_at: at };
}

/** A quote of a deleted message is empty. */
export const withoutQuote = (message: Message, deletedId: string): Message =>
  message.reply_to?.message_id === deletedId && message.reply_to.content !== ""
    ? { ...message, reply_to: { ...message.reply_to, content: "" } }
    : message;
