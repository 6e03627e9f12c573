/**
 * Receipts of a conversation: who got and read which messages, and when. A receipt covers a run of messages and is
 * found by the buckets of 256 messages that it touches, so that marking a thousand read is one small write.
 */
import { newId } from "../../../platform/id";
import { type ReceiptDoc } from "./documents";

const BUCKET = 256;
export type ReceiptKind = ReceiptDoc["kind"];
const rank = { failed: 0, delivered: 1, read: 2 } as const;

export const bucketOf = (seq: number): number => Math.floor(seq / BUCKET);
export const keyOf = (conversationId: string, bucket: number): string => `${conversationId}:${bucket}`;

export function receipt(
  conversationId: string,
  userId: number,
  kind: ReceiptKind,
  [from, to]: readonly [number, number],
  at: Date,
  hushed = false,
): ReceiptDoc {
  const keys: string[] = [];
  for (let b = bucketOf(from); b <= bucketOf(to); b++) keys.push(keyOf(conversationId, b));
  const doc = { _id: newId(), conversation_id: conversationId, keys, user_id: userId, kind, from, to, at };
  return hushed ? { ...doc, hushed } : doc;
}

export interface Got {
  readonly kind: ReceiptKind;
  /** When it got that far. */
  readonly at: Date;
  readonly deliveredAt: Date | null;
  readonly readAt: Date | null;
}

const earlier = (a: Date | null, b: Date): Date => (a && a <= b ? a : b);

/** The receipts of some buckets, by user. */
export class Receipts {
  private readonly byBucket = new Map<number, Map<number, ReceiptDoc[]>>();

  has(bucket: number): boolean {
    return this.byBucket.has(bucket);
  }

  /** From now on this bucket is known; `docs` may touch other buckets, too, which stay as they are. */
  know(bucket: number, docs: readonly ReceiptDoc[]): void {
    const users = new Map<number, ReceiptDoc[]>();
    this.byBucket.set(bucket, users);
    for (const doc of docs) if (bucketOf(doc.from) <= bucket && bucket <= bucketOf(doc.to)) put(users, doc);
  }

  add(doc: ReceiptDoc): void {
    for (let b = bucketOf(doc.from); b <= bucketOf(doc.to); b++) {
      const users = this.byBucket.get(b);
      if (users) put(users, doc);
    }
  }

  /** Forgets all but the newest buckets, so that an actor's memory stays bounded. */
  keep(newest: number): void {
    const buckets = [...this.byBucket.keys()].sort((a, b) => b - a);
    for (const b of buckets.slice(newest)) this.byBucket.delete(b);
  }

  /** How far message `seq` got with a user; undefined where nothing is known. `heard`: as far as others heard of it. */
  of(seq: number, userId: number, heard = false): Got | undefined {
    const docs = this.byBucket.get(bucketOf(seq))?.get(userId);
    return got(heard ? docs?.filter((doc) => !doc.hushed) : docs, seq);
  }

  users(seq: number): Iterable<number> {
    return this.byBucket.get(bucketOf(seq))?.keys() ?? [];
  }
}

function put(users: Map<number, ReceiptDoc[]>, doc: ReceiptDoc): void {
  const docs = users.get(doc.user_id);
  if (docs) docs.push(doc);
  else users.set(doc.user_id, [doc]);
}

function got(docs: readonly ReceiptDoc[] | undefined, seq: number): Got | undefined {
  let best: ReceiptDoc | undefined;
  let [deliveredAt, readAt]: (Date | null)[] = [null, null];
  for (const doc of docs ?? []) {
    if (doc.from > seq || doc.to < seq) continue;
    if (!best || rank[doc.kind] > rank[best.kind] || (doc.kind === best.kind && doc.at < best.at)) best = doc;
    if (doc.kind !== "failed") deliveredAt = earlier(deliveredAt ?? null, doc.at); // read means delivered
    if (doc.kind === "read") readAt = earlier(readAt ?? null, doc.at);
  }
  return best && { kind: best.kind, at: best.at, deliveredAt: deliveredAt ?? null, readAt: readAt ?? null };
}
