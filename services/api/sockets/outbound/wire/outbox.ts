/**
 * The write side of all sockets: what became ready in one turn of the loop leaves in one write per socket. Nearly all
 * of a fan-out's time is the write system call, so this is what the speed of the gateway rests on.
 */
import { Run } from "./run";

/** A socket's transport, as its outbox sees it. */
interface Writer {
  flush(): void;
  terminate(): void;
}

export class Outbox {
  /** Open WebSockets, so that a stop can end those that do not answer. */
  readonly open = new Set<Writer>();
  /** Where every run of this turn begins. */
  root = Run.empty();
  private waiting: Writer[] = [];

  /** `slow` hears of readers that were cut, with the bytes they had not read. */
  constructor(readonly slow: (bytes: number) => void) {}

  /** A transport has something to write; in the check phase, after everything that this turn brings, it will. */
  enlist(transport: Writer): void {
    if (this.waiting.length === 0) setImmediate(this.flush);
    this.waiting.push(transport);
  }

  private readonly flush = (): void => {
    const { waiting } = this;
    this.waiting = [];
    this.root = Run.empty();
    for (const transport of waiting) transport.flush();
  };
}
