/** Durable facts without a broker: consumers of this process, bounded, with back-pressure, retry and dead letters. */
import { randomUUID } from "node:crypto";
import { fail } from "../../contracts/errors";
import { type Consumer, type DeadLetter, FactsAdapter } from "./adapter";
import { DeadLetterFiles } from "./dead-files";
import { type GivenUp } from "./retry";

interface Waiting {
  readonly payload: unknown;
  readonly trace: string | undefined;
  readonly handled: () => void;
  readonly refused: (error: Error) => void;
}
interface Queue {
  readonly consumer: Consumer;
  readonly waiting: Waiting[];
  running: number;
}

/** A fact is safe here when every consumer group has handled it: until then the publisher's outbox keeps it. */
export class LocalFacts extends FactsAdapter {
  private readonly queues = new Map<string, Queue>();
  private readonly files: DeadLetterFiles;

  constructor(deadLetterDir: string) {
    super();
    this.files = new DeadLetterFiles(deadLetterDir);
  }

  override connect(): Promise<void> {
    this.connected = true;
    return Promise.resolve();
  }

  override disconnect(): Promise<void> {
    this.stopping = true;
    this.connected = false;
    return Promise.resolve();
  }

  override deadLetters(limit: number): Promise<DeadLetter[]> {
    return this.files.list(limit);
  }

  override async replay(ids: readonly string[] | undefined, limit: number): Promise<number> {
    const letters = (await this.files.list(limit)).filter((l) => !ids || ids.includes(l.id));
    let replayed = 0;
    for (const letter of letters) {
      const queue = [...this.queues.values()].find(
        ({ consumer }) => consumer.fact === letter.fact && consumer.group === letter.group,
      );
      if (!queue) continue;
      await this.enqueue(queue, letter.payload, undefined);
      await this.files.remove(letter.id);
      replayed++;
    }
    return replayed;
  }

  protected override async carry(exchange: string, payload: unknown, trace: string | undefined): Promise<void> {
    const groups = [...this.queues.values()].filter(({ consumer }) => this.exchangeOf(consumer) === exchange);
    if (groups.length === 0) throw fail("UNAVAILABLE", "No consumer of this fact runs in this process yet.");
    await Promise.all(groups.map((queue) => this.enqueue(queue, payload, trace)));
  }

  protected override open(consumer: Consumer): Promise<void> {
    this.queues.set(consumer.id, { consumer, waiting: [], running: 0 });
    return Promise.resolve();
  }

  protected override shut(consumer: Consumer): Promise<void> {
    const queue = this.queues.get(consumer.id);
    this.queues.delete(consumer.id);
    for (const { refused } of queue?.waiting.splice(0) ?? []) refused(fail("UNAVAILABLE", "The consumer is stopping."));
    return Promise.resolve();
  }

  private enqueue(queue: Queue, payload: unknown, trace: string | undefined): Promise<void> {
    return new Promise((handled, refused) => {
      queue.waiting.push({ payload, trace, handled, refused });
      setImmediate(() => this.drain(queue)); // never in the publisher's own turn of the loop
    });
  }

  private drain(queue: Queue): void {
    while (queue.running < queue.consumer.maxInFlight) {
      const next = queue.waiting.shift();
      if (!next) return;
      queue.running++;
      this.digest(queue.consumer, next.payload, next.trace, (givenUp) =>
        this.bury(queue.consumer, next.payload, givenUp),
      )
        .then(next.handled, () => next.refused(fail("UNAVAILABLE", "The consumer stopped before it was done.")))
        .finally(() => {
          queue.running--;
          this.drain(queue);
        });
    }
  }

  private async bury({ fact, group }: Consumer, payload: unknown, givenUp: GivenUp | undefined): Promise<void> {
    if (!givenUp) return;
    await this.files.add({ id: randomUUID(), fact, group, ...givenUp, diedAt: new Date().toISOString(), payload });
  }
}
