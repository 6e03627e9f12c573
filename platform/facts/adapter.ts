/** What both carriers of durable facts (RabbitMQ, in process) are to @moleculer/channels and to the rest of us. */
import { Adapters } from "@moleculer/channels";
import { setMaxListeners } from "node:events";
import { fail } from "../../contracts/errors";
import { metricsOf } from "../metrics";
import { resumed, traceHeader } from "../tracing";
import { attempt, type Delays, type GivenUp } from "./retry";

/** One consumer group's subscription to one fact, as @moleculer/channels hands it to an adapter. */
export interface Consumer {
  /** Unique on this node. */
  readonly id: string;
  readonly fact: string;
  readonly group: string;
  /** How many facts its handler may have in hand at once. */
  readonly maxInFlight: number;
  readonly delays: Delays;
  readonly handler: (payload: unknown, raw?: unknown) => Promise<unknown>;
}

/** A fact that a consumer group could not digest. */
export interface DeadLetter {
  readonly id: string;
  readonly fact: string;
  readonly group: string;
  readonly error: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly diedAt: string;
  readonly payload: unknown;
}

/** How many facts may wait for their confirmation at once; the outbox keeps what is refused. */
export const MAX_PENDING = 500;
const STOP_GRACE = 5_000;

/** Ends the waits of one consumer: as many as it has facts in hand. */
function waitsOfOne(): AbortController {
  const waits = new AbortController();
  setMaxListeners(0, waits.signal);
  return waits;
}

/** The consumers of this node, what they have in hand, and the end of it all. */
export abstract class FactsAdapter extends Adapters.Base {
  protected stopping = false;
  protected pending = 0;
  private readonly inHand = new Map<string, Set<Promise<void>>>();
  private readonly waits = new Map<string, AbortController>();

  constructor() {
    super({});
  }

  /** Puts a fact into the hands of the carrier; `exchange` is the prefixed name, `trace` goes along for `digest`. */
  protected abstract carry(exchange: string, payload: unknown, trace: string | undefined): Promise<void>;
  protected abstract open(consumer: Consumer): Promise<void>;
  protected abstract shut(consumer: Consumer): Promise<void>;
  abstract deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Hands dead letters back to their consumers; all of them where no ids are given. Says how many. */
  abstract replay(ids: readonly string[] | undefined, limit: number): Promise<number>;

  /** Resolves when the fact is safe. @throws UNAVAILABLE: it may or may not have got through; publish it again. */
  override async publish(exchange: string, payload: unknown): Promise<void> {
    if (this.stopping) throw fail("UNAVAILABLE", "This node is stopping.");
    if (this.pending >= MAX_PENDING) throw fail("UNAVAILABLE", "Too many facts wait to be confirmed.");
    this.pending++;
    const event = this.factOf(exchange);
    try {
      await this.carry(exchange, payload, traceHeader());
      this.tally(event, "published");
    } catch (error) {
      this.tally(event, "failed");
      throw error;
    } finally {
      this.pending--;
    }
  }

  override async subscribe(channel: unknown): Promise<void> {
    const consumer = channel as Consumer;
    this.waits.set(consumer.id, waitsOfOne());
    this.inHand.set(consumer.id, new Set());
    await this.open(consumer);
  }

  /** Takes no more, waits for what is in hand, and lets go of what only waits for its next attempt. */
  override async unsubscribe(channel: unknown): Promise<void> {
    const consumer = channel as Consumer;
    const inHand = this.inHand.get(consumer.id);
    if (!inHand) return;
    await this.shut(consumer);
    this.waits.get(consumer.id)?.abort();
    await Promise.race([Promise.allSettled(inHand), new Promise((r) => setTimeout(r, STOP_GRACE).unref())]);
    this.waits.delete(consumer.id);
    this.inHand.delete(consumer.id);
  }

  protected exchangeOf(consumer: Consumer): string {
    return this.addPrefixTopic(consumer.fact);
  }

  private factOf(exchange: string): string {
    const prefix = this.addPrefixTopic(".").slice(0, -1);
    return exchange.startsWith(prefix) ? exchange.slice(prefix.length) : exchange;
  }

  /** Facts that wait for their next attempt are let go: whoever carries them brings them again. */
  protected letGo(): void {
    for (const [id, wait] of this.waits) {
      wait.abort();
      this.waits.set(id, waitsOfOne());
    }
  }

  private tally(event: string, result: "published" | "failed" | "handled" | "retried" | "dead"): void {
    metricsOf(this.broker).busEvents.inc({ event, result });
  }

  /** Runs one fact through its consumer. @throws when it was let go undecided */
  protected digest(
    consumer: Consumer,
    payload: unknown,
    trace: string | undefined,
    settle: (givenUp: GivenUp | undefined) => Promise<void>,
  ): Promise<void> {
    const signal = this.waits.get(consumer.id)?.signal ?? AbortSignal.abort();
    const tried = attempt(
      () => resumed(this.broker, trace, `${consumer.fact} in ${consumer.group}`, () => consumer.handler(payload)),
      consumer.delays,
      signal,
      () => this.tally(consumer.fact, "retried"),
    );
    const done = tried.then((givenUp) => {
      this.tally(consumer.fact, givenUp ? "dead" : "handled");
      if (givenUp)
        this.logger.error(`Dead letter: ${consumer.fact} of ${consumer.group} after ${givenUp.attempts} attempts.`, {
          error: givenUp.error,
        });
      return settle(givenUp);
    });
    const inHand = this.inHand.get(consumer.id);
    inHand?.add(done);
    return done.finally(() => inHand?.delete(done));
  }
}
