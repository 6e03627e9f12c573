/** Many deadlines with few timers: what falls due in the same quarter of a second shares one. */
const STEP_MS = 250;
/** The longest that a timer of Node can wait. */
const LONGEST_MS = 2 ** 31 - 1;

export class Deadlines<T> {
  private readonly slots = new Map<number, { timer: NodeJS.Timeout; items: Set<T> }>();

  constructor(private readonly due: (item: T) => void) {}

  /** Never before `at`. */
  set(item: T, at: number): void {
    const key = Math.ceil(at / STEP_MS);
    const slot = this.slots.get(key) ?? { timer: this.arm(key), items: new Set<T>() };
    slot.items.add(item);
    this.slots.set(key, slot);
  }

  /** `at` as it was set. */
  clear(item: T, at: number): void {
    const key = Math.ceil(at / STEP_MS);
    const slot = this.slots.get(key);
    if (!slot?.items.delete(item) || slot.items.size > 0) return;
    clearTimeout(slot.timer);
    this.slots.delete(key);
  }

  stop(): void {
    for (const { timer } of this.slots.values()) clearTimeout(timer);
    this.slots.clear();
  }

  private arm(key: number): NodeJS.Timeout {
    const wait = Math.max(0, key * STEP_MS - Date.now());
    return setTimeout(() => this.ring(key), Math.min(wait, LONGEST_MS)).unref();
  }

  private ring(key: number): void {
    const slot = this.slots.get(key);
    if (!slot) return;
    if (Date.now() < key * STEP_MS) {
      slot.timer = this.arm(key); // timers may be early, and very long ones are cut
      return;
    }
    this.slots.delete(key);
    for (const item of slot.items) this.due(item);
  }
}
