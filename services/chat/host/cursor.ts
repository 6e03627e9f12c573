/** How far facts of one kind are safe in one conversation, and what memory holds of those that follow. No I/O. */
import { type MessageDoc } from "../conversation/documents";

export interface Placed {
  readonly doc: MessageDoc;
  /** A new message's `seq`, or the position of an edit or a deletion. */
  readonly at: number;
}

export class Cursor {
  /** What follows the cursor, oldest first, with nothing left out in between. */
  readonly waiting: Placed[] = [];
  /** The place of the newest that is known of; what is beyond `waiting` is in the store. */
  last: number;

  constructor(public safe: number) {
    this.last = safe;
  }

  get behind(): boolean {
    return this.safe < this.last;
  }

  /** There is more, and memory has none of it. */
  get blind(): boolean {
    return this.behind && !this.waiting.length;
  }

  /**
   * Takes what comes right after the place `before`, if memory has all up to there; else it only knows that it is there.
   * @returns how many were taken
   */
  add(placed: readonly Placed[], before: number, room: number): number {
    const last = placed.at(-1);
    if (!last) return 0;
    const taken = before <= (this.waiting.at(-1)?.at ?? this.safe) && placed.length <= room;
    if (taken) this.waiting.push(...placed);
    this.expect(last.at);
    return taken ? placed.length : 0;
  }

  expect(last: number): void {
    this.last = Math.max(this.last, last);
  }

  /**
   * Takes what the store had after `safe`, read by one who saw a blind cursor that expected `known`.
   * @param reached the newest in the store at that time
   */
  learn(found: readonly Placed[], safe: number, reached: number, known: number): void {
    this.waiting.push(...found);
    this.expect(found.at(-1)?.at ?? safe);
    this.safe = found.length ? safe : Math.max(safe, reached);
    if (found.length || this.last > known) return; // what came meanwhile is expected still
    this.last = this.safe;
  }

  /** The first ones are safe. */
  advance(count: number): void {
    const last = this.waiting.splice(0, count).at(-1);
    if (last) this.safe = Math.max(this.safe, last.at);
    this.expect(this.safe);
  }
}
