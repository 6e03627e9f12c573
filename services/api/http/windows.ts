/** Counts per key in fixed windows, with a bound on the keys so that made-up addresses can't fill the memory. */

export interface Count {
  readonly used: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}
interface Window {
  used: number;
  readonly endsAt: number;
}

export class Windows {
  /** In the order in which the windows began, so what has run out is at the front. */
  readonly #windows = new Map<string, Window>();

  constructor(private readonly maxKeys = 100_000) {}

  hit(key: string, windowMs: number, now = Date.now()): Count {
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key);
      this.#makeRoom(now);
      window = { used: 0, endsAt: now + windowMs };
      this.#windows.set(key, window);
    }
    window.used += 1;
    return { used: window.used, resetMs: window.endsAt - now };
  }

  get size(): number {
    return this.#windows.size;
  }

  #makeRoom(now: number): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > now && this.#windows.size < this.maxKeys) return;
      this.#windows.delete(key);
    }
  }
}
