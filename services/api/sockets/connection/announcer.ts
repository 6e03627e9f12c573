/**
 * Tells the services that deliver which users this node holds: changes of one turn of the loop together, one call at a
 * time to each node, numbered so that a lost one is noticed and answered by a snapshot.
 */
import { type Params } from "../../../../contracts/actions";

export type Announcement = Params<"chat.located">;
export type Listener = "chat" | "notifications" | "api";

export interface Bearer {
  /** Carries an announcement to one service on one node. */
  tell(listener: Listener, node: string, announcement: Announcement): Promise<{ gap: boolean }>;
  /** All users that this node holds now. */
  everyone(): Iterable<Located>;
  /** Undefined where this node holds no socket of them. */
  find(userId: number): Located | undefined;
}

interface Located {
  readonly userId: number;
  /** Has a socket in `/notifications`. */
  readonly hears: boolean;
}

/** What one service on one node has been told. */
class Line {
  /** Users who came, changed or went since the last call. */
  private changes = new Set<number>();
  private version = 0;
  private told = false;
  private busy = false;
  private waiters: (() => void)[] = [];

  constructor(
    private readonly send: (a: Omit<Announcement, "node" | "epoch">) => Promise<{ gap: boolean }>,
    private readonly bearer: Bearer,
    private readonly failed: () => void,
  ) {}

  change(userId: number): void {
    this.changes.add(userId);
  }

  /** Settles when all changes until now are known there. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Whatever the other side knew is void. */
  forgotten(): void {
    this.told = false;
  }

  async flush(): Promise<void> {
    if (this.busy) return; // what has come meanwhile goes with the next call, right after this one
    this.busy = true;
    do {
      const { waiters } = this;
      this.waiters = [];
      if (!(await this.round())) {
        this.waiters = [...waiters, ...this.waiters];
        this.failed();
        break;
      }
      for (const done of waiters) done();
    } while (this.changes.size > 0 || this.waiters.length > 0);
    this.busy = false;
  }

  /** As it is now, whatever it was in between. */
  private changed(): Pick<Announcement, "added" | "hearing" | "removed"> {
    const users = [...this.changes];
    const here = users.flatMap((userId) => this.bearer.find(userId) ?? []);
    return { ...listed(here), removed: users.filter((userId) => !this.bearer.find(userId)) };
  }

  private async round(): Promise<boolean> {
    const snapshot = !this.told;
    const said = snapshot ? { ...listed(this.bearer.everyone()), removed: [] } : this.changed();
    this.changes = new Set();
    this.version++;
    try {
      const { gap } = await this.send({ version: this.version, snapshot, ...said });
      this.told = !gap;
      return this.told || (!snapshot && this.round());
    } catch {
      this.told = false; // whether it arrived is not known: the next call says all
      return false;
    }
  }
}

function listed(users: Iterable<Located>): Pick<Announcement, "added" | "hearing"> {
  const said = { added: [] as number[], hearing: [] as number[] };
  for (const { userId, hears } of users) {
    said.added.push(userId);
    if (hears) said.hearing.push(userId);
  }
  return said;
}

/** How long a user's first socket waits for the others to know of it. */
const WAIT_MS = 2_000;
const RETRY_MS = 500;

export class Announcer {
  private readonly lines = new Map<string, Line>();
  private round: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly node: string,
    private readonly epoch: string,
    private readonly bearer: Bearer,
  ) {}

  /** Settles when every service that delivers knows of it, or after two seconds. */
  changed(userId: number): Promise<void> {
    for (const line of this.lines.values()) line.change(userId);
    return this.nextRound();
  }

  /** These nodes offer the service now. */
  offered(listener: Listener, nodes: readonly string[]): void {
    const wanted = new Set(nodes.map((node) => `${listener}@${node}`));
    for (const key of this.lines.keys()) if (key.startsWith(`${listener}@`) && !wanted.has(key)) this.lines.delete(key);
    for (const node of nodes) {
      const key = `${listener}@${node}`;
      if (!this.lines.has(key)) this.lines.set(key, this.lineTo(listener, node));
    }
    this.flush();
  }

  /** That node has gone; should it come back, it knows nothing. */
  gone(node: string): void {
    for (const key of this.lines.keys()) if (key.endsWith(`@${node}`)) this.lines.delete(key);
  }

  /** Asks every line whether the other side is up to date; called now and then, and after an outage of the bus. */
  flush(): void {
    for (const line of this.lines.values()) void line.flush();
  }

  resync(): void {
    for (const line of this.lines.values()) line.forgotten();
    this.flush();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    this.lines.clear();
  }

  private lineTo(listener: Listener, node: string): Line {
    return new Line(
      (a) => this.bearer.tell(listener, node, { node: this.node, epoch: this.epoch, ...a }),
      this.bearer,
      () => this.retryLater(),
    );
  }

  private nextRound(): Promise<void> {
    if (this.lines.size === 0) return Promise.resolve();
    return (this.round ??= new Promise((resolve) => {
      setImmediate(() => {
        this.round = undefined;
        const timer = setTimeout(resolve, WAIT_MS).unref();
        const told = [...this.lines.values()].map((line) => line.flushed());
        this.flush();
        void Promise.all(told).then(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }));
  }

  private retryLater(): void {
    if (this.stopped || this.retry) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.flush();
    }, RETRY_MS).unref();
  }
}
