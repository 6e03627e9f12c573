/**
 * Tells the services that deliver which users this node holds: changes of one turn of the loop together, one call at a
 * time to each node, numbered so that a lost one is noticed and answered by a snapshot.
 */
import { type Params } from "../../../contracts/actions";

export type Announcement = Params<"chat.located">;
export type Listener = "chat" | "notifications";

export interface Bearer {
  /** Carries an announcement to one service on one node. */
  tell(listener: Listener, node: string, announcement: Announcement): Promise<{ gap: boolean }>;
  /** All users that this node holds now. */
  users(): Iterable<number>;
}

/** What one service on one node has been told. */
class Line {
  /** Changes since the last call: who came (true) or went. */
  private changes = new Map<number, boolean>();
  private version = 0;
  private told = false;
  private busy = false;
  private waiters: (() => void)[] = [];

  constructor(
    private readonly send: (a: Omit<Announcement, "node" | "epoch">) => Promise<{ gap: boolean }>,
    private readonly users: () => Iterable<number>,
    private readonly failed: () => void,
  ) {}

  change(userId: number, here: boolean): void {
    this.changes.set(userId, here);
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

  private async round(): Promise<boolean> {
    const { changes } = this;
    const snapshot = !this.told;
    this.changes = new Map();
    const side = (here: boolean): number[] => [...changes].filter(([, h]) => h === here).map(([user]) => user);
    const said = snapshot ? { added: [...this.users()], removed: [] } : { added: side(true), removed: side(false) };
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

  /** Settles when every service that delivers knows it, or after two seconds. */
  came(userId: number): Promise<void> {
    for (const line of this.lines.values()) line.change(userId, true);
    return this.nextRound();
  }

  left(userId: number): void {
    for (const line of this.lines.values()) line.change(userId, false);
    void this.nextRound();
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
      () => this.bearer.users(),
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
