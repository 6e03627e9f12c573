/**
 * Room for what is in hand. Each owner may have a part of what all have left: however many take what they can get, there
 * is some for the next.
 */
export class Room {
  private readonly held = new Map<string, number>();
  private taken = 0;

  /** `part` of what is left is for one owner, above 0 and up to 1. */
  constructor(private readonly bounds: { readonly size: number; readonly part: number }) {}

  get isFull(): boolean {
    return this.taken >= this.bounds.size;
  }

  hasFor(owner: string): boolean {
    if (this.isFull) return false;
    const { size, part } = this.bounds;
    return (this.held.get(owner) ?? 0) < Math.max((size - this.taken) * part, 1);
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
