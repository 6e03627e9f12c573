/** What one socket received against what it should have: each seq once, in order. */

export interface Faults {
  lost: number;
  doubled: number;
  reordered: number;
}

export class Tally {
  received = 0;
  private doubled = 0;
  private reordered = 0;
  private readonly missing = new Set<number>();

  /** @param last the seq that the conversation had reached before this socket began to count */
  constructor(private last: number) {}

  get reached(): number {
    return this.last;
  }

  note(seq: number): void {
    this.received++;
    if (seq === this.last + 1) this.last = seq;
    else this.noteOdd(seq);
  }

  private noteOdd(seq: number): void {
    if (seq > this.last) {
      for (let gap = this.last + 1; gap < seq; gap++) this.missing.add(gap);
      this.last = seq;
    } else if (this.missing.delete(seq)) this.reordered++;
    else this.doubled++;
  }

  /** @param upTo the highest seq that was acknowledged: what never came counts as lost */
  faults(upTo: number): Faults {
    const unseen = Math.max(0, upTo - this.last);
    return { lost: this.missing.size + unseen, doubled: this.doubled, reordered: this.reordered };
  }
}
