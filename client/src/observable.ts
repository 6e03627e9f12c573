/** Values that can be watched: what React, Vue, Svelte and Solid bind to. */

/** `subscribe` calls at once with the current value, then after every change; it gives back how to stop. */
export interface Readable<T> {
  readonly value: T;
  subscribe(run: (value: T) => void): () => void;
}

type Run<T> = (value: T) => void;

/** A listener that throws stops no other and nothing of ours; the platform reports it as unhandled. */
export function safely(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    void Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

export class Writable<T> implements Readable<T> {
  private readonly runs = new Set<{ run: Run<T> }>();

  constructor(
    private current: T,
    private readonly watched: (yes: boolean) => void = () => undefined,
  ) {}

  get value(): T {
    return this.current;
  }

  set(next: T): void {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const { run } of [...this.runs]) safely(() => run(next));
  }

  subscribe(run: Run<T>): () => void {
    const entry = { run };
    this.runs.add(entry);
    if (this.runs.size === 1) this.watched(true);
    safely(() => run(this.current));
    return () => {
      if (this.runs.delete(entry) && this.runs.size === 0) this.watched(false);
    };
  }
}

/**
 * A value that is computed from others: anew when asked for after a change, and told once for many changes in a row.
 * Where nothing in it changed by `same`, the old value stays, so that nobody renders for nothing.
 */
export class Computed<T> implements Readable<T> {
  private dirty = true;
  private current: T | undefined;
  private told: T | undefined;
  private waiting = false;
  private readonly runs = new Set<{ run: Run<T> }>();

  constructor(
    private readonly compute: () => T,
    private readonly same: (a: T, b: T) => boolean = Object.is,
    private readonly watched: (yes: boolean) => void = () => undefined,
  ) {}

  get value(): T {
    if (this.dirty) {
      const next = this.compute();
      this.dirty = false;
      if (this.current === undefined || !this.same(this.current, next)) this.current = next;
    }
    return this.current as T;
  }

  /** What it is computed from has changed. */
  invalidate(): void {
    this.dirty = true;
    if (this.waiting || this.runs.size === 0) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      const next = this.value;
      if (Object.is(next, this.told)) return;
      this.told = next;
      for (const { run } of [...this.runs]) safely(() => run(next));
    });
  }

  subscribe(run: Run<T>): () => void {
    const entry = { run };
    this.runs.add(entry);
    if (this.runs.size === 1) {
      this.watched(true);
      this.told = this.value;
    }
    safely(() => run(this.value));
    return () => {
      if (this.runs.delete(entry) && this.runs.size === 0) this.watched(false);
    };
  }
}

/** Lists with the same items in the same order are the same. */
export const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, i) => Object.is(item, b[i]));

/** Functions by the name of an event. */
export class Emitter<Events> {
  private readonly listeners = new Map<keyof Events, Set<{ run: (payload: never) => unknown }>>();

  on<E extends keyof Events>(event: E, run: (payload: Events[E]) => unknown): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    const entry = { run };
    set.add(entry);
    return () => void set.delete(entry);
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const run of this.of(event)) safely(() => run(payload));
  }

  of<E extends keyof Events>(event: E): ((payload: Events[E]) => unknown)[] {
    return [...(this.listeners.get(event) ?? [])].map(({ run }) => run as (payload: Events[E]) => unknown);
  }
}
