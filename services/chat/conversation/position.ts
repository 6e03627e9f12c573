/**
 * Positions: the order of all changes in a conversation as one number. Message `seq` is made at position `seq`; the
 * k-th change of another kind after it (an edit, a receipt, a new member) stands at `seq + k/2^20`. So a client's own
 * `seq` is a valid cursor, and a cursor of ours is exact.
 */
import { type MessageDoc } from "./documents";

const STEP = 2 ** -20;

/** Of the last change of a message. */
export const positionOf = (doc: MessageDoc): number => Math.max(doc.seq, doc.changed_pos ?? 0);

/** The position of the next change that makes no message. */
export function after(position: number): number {
  const next = position + STEP;
  // A million changes on one message: the last ones share a position, and sync may tell them twice.
  return Math.floor(next) === Math.floor(position) ? next : position;
}

/** The last message made at or before a position. */
export const seqOf = (position: number): number => Math.floor(position);
