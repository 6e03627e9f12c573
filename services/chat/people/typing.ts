/** Typing ends by itself: what nobody says again within six seconds is over. */
const ENDS_AFTER_MS = 6_000;

export class Typing {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** `ended` is called once, unless it is said again or ended before. */
  note(conversationId: string, userId: number, isTyping: boolean, ended: () => void): void {
    const key = `${conversationId}:${userId}`;
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    if (!isTyping) return;
    const timer = setTimeout(() => {
      this.timers.delete(key);
      ended();
    }, ENDS_AFTER_MS);
    this.timers.set(key, timer.unref());
  }

  /** The conversations in which they are typing, as far as this node was told. */
  where(userId: number): string[] {
    const end = `:${userId}`;
    return [...this.timers.keys()].filter((key) => key.endsWith(end)).map((key) => key.slice(0, -end.length));
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
