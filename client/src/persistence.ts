/** Writes behind: the latest value of each key, one write at a time, tried again until the storage takes it. */
import { backOff, type Clock, sleep } from "./clock";
import { type ChatStorage } from "./storage";

/** Of what is kept; what another version has written is dropped, but for what waits to be sent. */
const VERSION = 1;
const OUTBOX = "o/";
const LATER_MS = 300;
/** How often it is tried to read at the start. */
const READS = 4;

interface Pending {
  /** Undefined: the key is to be deleted. */
  readonly value: (() => unknown) | undefined;
  readonly first: ((stored: boolean) => void)[];
}

export class Persistence {
  private readonly queue = new Map<string, Pending>();
  private readonly later = new Map<string, () => unknown>();
  private working: Promise<void> | undefined;
  private timer: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly storage: ChatStorage,
    private readonly clock: Clock,
    private readonly failed: (error: unknown) => void,
  ) {}

  /**
   * All there is, by key. A storage that fails is asked again for a few seconds; what it has not given by then is as if
   * it were not there, and `late` is told of what waits to be sent once it does.
   */
  async load(late: (records: ReadonlyMap<string, unknown>) => void): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    let complete = false;
    for (let attempt = 0; !complete && attempt < READS; attempt++) {
      if (attempt > 0) await sleep(this.clock, backOff(this.clock, attempt));
      complete = await this.read(found);
    }
    if (!complete) this.readLater(0, late);
    const { size } = found;
    if (size > 0 && found.get("version") !== VERSION && complete) this.dropAllBut(OUTBOX, found);
    void this.write("version", VERSION);
    return found;
  }

  /** @returns true where all there is was read */
  private async read(found: Map<string, unknown>): Promise<boolean> {
    try {
      for (const key of await this.storage.keys()) {
        if (found.has(key)) continue;
        const value = await this.storage.get(key);
        if (value !== undefined && value !== null) found.set(key, value);
      }
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  private readLater(attempt: number, late: (records: ReadonlyMap<string, unknown>) => void): void {
    this.clock.after(backOff(this.clock, attempt, 2_000), () => {
      const found = new Map<string, unknown>();
      void this.read(found).then((complete) => {
        if (this.closed) return;
        if (complete) late(found);
        else this.readLater(attempt + 1, late);
      });
    });
  }

  private dropAllBut(prefix: string, found: Map<string, unknown>): void {
    for (const key of [...found.keys()].filter((k) => !k.startsWith(prefix))) {
      found.delete(key);
      void this.remove(key);
    }
  }

  /** Before long; of many in a row only the last is written. */
  put(key: string, value: () => unknown): void {
    if (this.closed) return;
    this.later.set(key, value);
    this.timer ??= this.clock.after(LATER_MS, () => void this.flush());
  }

  /** Now. Tells whether the first attempt worked; it is tried again until one does. */
  write(key: string, value: unknown): Promise<boolean> {
    this.later.delete(key);
    return this.enqueue(key, () => value);
  }

  remove(key: string): Promise<boolean> {
    this.later.delete(key);
    return this.enqueue(key, undefined);
  }

  /** Settles when all that was put until now has been tried. */
  async flush(): Promise<void> {
    this.timer?.();
    this.timer = undefined;
    const all = [...this.later].map(([key, value]) => this.enqueue(key, value));
    this.later.clear();
    await Promise.all(all);
  }

  /** Writes what waits, then nothing more. */
  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
  }

  /** Forgets all, in the storage too, and takes nothing more. */
  async clear(): Promise<void> {
    this.closed = true;
    await this.empty();
  }

  /** Forgets all, in the storage too. */
  async empty(): Promise<void> {
    this.timer?.();
    this.timer = undefined;
    this.later.clear();
    for (const { first } of this.queue.values()) for (const tell of first) tell(false);
    this.queue.clear();
    await this.working;
    for (const key of await this.storage.keys()) await this.storage.delete(key);
    if (!this.closed) await this.write("version", VERSION);
  }

  private enqueue(key: string, value: (() => unknown) | undefined): Promise<boolean> {
    if (this.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting = this.queue.get(key)?.first ?? [];
      this.queue.delete(key); // to the end: writes keep the order of their latest calls
      this.queue.set(key, { value, first: [...waiting, resolve] });
      this.working ??= this.work();
    });
  }

  private async work(): Promise<void> {
    for (let attempt = 0; this.queue.size > 0;) {
      const [key, pending] = this.queue.entries().next().value as [string, Pending];
      this.queue.delete(key);
      const stored = await this.store(key, pending.value);
      for (const tell of pending.first) tell(stored);
      if (stored) attempt = 0;
      else {
        // A newer value takes its place; else the same again.
        if (!this.queue.has(key) && !this.closed) this.queue.set(key, { ...pending, first: [] });
        await this.pause(attempt++);
      }
    }
    this.working = undefined; // at once: what is put the moment after finds nobody at work
  }

  private async store(key: string, value: (() => unknown) | undefined): Promise<boolean> {
    try {
      await (value ? this.storage.set(key, value()) : this.storage.delete(key));
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  private async pause(attempt: number): Promise<void> {
    for (const { first } of this.queue.values()) for (const tell of first.splice(0)) tell(false);
    await new Promise<void>((resolve) => void this.clock.after(backOff(this.clock, attempt), resolve));
  }
}
