/**
 * Room for what is in hand. Each owner may have a part of what all have left: however many take what they can get, there
 * is some for the next.
 */
export class Room {
  private readonly held = new Map<string, number>();
  private taken = 0;

  private readonly size: number;
  private readonly part: number;

  /** `part` of what is left is for one owner, above 0 and up to 1. */
  constructor({ size, part }: { size: number; part: number }) {
    this.size = size;
    this.part = part;
  }

  get isFull(): boolean {
    return this.taken >= this.size;
  }

  hasFor(owner: string): boolean {
    if (this.isFull) return false;
    return (this.held.get(owner) ?? 0) < Math.max((this.size - this.taken) * this.part, 1);
  }

  /** Gives what leaves it again, once. */
  enter(owner: string): () => void {
    this.taken += 1;
    this.held.set(owner, (this.held.get(owner) ?? 0) + 1);
    return () => {
      this.taken -= 1;
      const left = (this.held.get(owner) ?? 1) - 1;
      if (left) this.held.set(owner, left);
      else this.held.delete(owner);
    };
  }
}
