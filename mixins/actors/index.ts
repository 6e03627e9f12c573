/**
 * Actors: per key a bounded mailbox and a state that is loaded on the first command, serves one turn at a time, and
 * leaves when idle. A turn takes all commands that wait, so that storing and fan-out are shared under load.
 */
import { fail } from "../../contracts/errors";
import { Fenced, Overfull } from "../../platform/fenced";
import { here, type Place, shared } from "../../platform/tracing";

/** Deciding one command threw what is no refusal: only its sender hears of it, the others of its turn go on. */
export class Flawed<C> extends Error {
  constructor(
    readonly envelope: Envelope<C>,
    override readonly cause: unknown,
  ) {
    super("a command could not be decided");
    this.name = "Flawed";
  }
}

/** A command in a mailbox. Exactly one of `resolve` and `reject` is called, once. */
export interface Envelope<C> {
  readonly command: C;
  /** Where in a trace it was sent. */
  readonly place: Place | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What an actor does; the rest is the same for all kinds. */
export interface Behaviour<S, C> {
  /** Reads the state from the store. @throws what every waiting command shall hear */
  load(key: string): Promise<S>;
  /**
   * One turn: decides the envelopes in order, stores, publishes and settles each of them. False: the state must not be
   * used again.
   * @throws Fenced to be run again on fresh state; Flawed, with nothing stored, to be run again without that envelope;
   * Overfull, with nothing stored, to be run again in two parts; anything else: the envelopes not settled yet are refused with it.
   */
  turn(state: S, envelopes: readonly Envelope<C>[]): Promise<boolean>;
}

export interface Limits {
  /** Commands that may wait in one mailbox. */
  readonly mailbox: number;
  /** Commands in one turn. */
  readonly batch: number;
  /** Actors in memory; above it the least recently used idle ones leave. */
  readonly actors: number;
  /** Milliseconds of idleness after which an actor leaves. */
  readonly idle: number;
}
export const defaultLimits: Limits = { mailbox: 2_000, batch: 256, actors: 20_000, idle: 300_000 };

/** How often a turn is run again on fresh state before its senders are told to retry themselves. */
const FENCED_RETRIES = 5;

interface Actor<S, C> {
  readonly key: string;
  state: S | undefined;
  envelopes: Envelope<C>[];
  running: boolean;
  usedAt: number;
}

/** A envelope that can't be settled twice, so that a turn that failed half-way can refuse the rest. */
function envelopeOf<C>(command: C): { envelope: Envelope<C>; reply: Promise<unknown> } {
  let settle: { resolve: (v: unknown) => void; reject: (e: unknown) => void } | undefined;
  const reply = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { envelope: { command, place: here(), ...(settle as NonNullable<typeof settle>) }, reply };
}

function toldOf(error: unknown): unknown {
  if (error instanceof Overfull) return fail("TOO_LARGE", "This changes more than can be stored at once.");
  return error instanceof Fenced ? fail("UNAVAILABLE", "Too much contention; try again.") : error;
}

export class Actors<S, C> {
  /** In the order of their last use: the first is the least recently used. */
  private readonly actors = new Map<string, Actor<S, C>>();
  private readonly sweeper: NodeJS.Timeout;
  private stopping = false;

  constructor(
    private readonly behaviour: Behaviour<S, C>,
    private readonly limits: Limits = defaultLimits,
  ) {
    this.sweeper = setInterval(() => this.sweep(), Math.min(30_000, limits.idle)).unref();
  }

  /** Puts a command into the mailbox of `key`; the answer is what its turn resolves it with. */
  tell(key: string, command: C): Promise<unknown> {
    if (this.stopping) return Promise.reject(fail("UNAVAILABLE", "This node is stopping."));
    const actor = this.actorOf(key);
    if (actor.envelopes.length >= this.limits.mailbox)
      return Promise.reject(fail("UNAVAILABLE", "Too many commands wait for this conversation."));
    const { envelope, reply } = envelopeOf(command);
    actor.envelopes.push(envelope);
    if (!actor.running) {
      actor.running = true;
      // In a microtask, so that commands that arrived in one read of a socket share the first turn.
      queueMicrotask(() => void this.run(actor));
    }
    // Now that the newcomer runs: it must not make room for itself, or its key would have two actors.
    if (this.actors.size > this.limits.actors) this.evict();
    return reply;
  }

  /** The state of an actor that is awake and between turns of other commands; for reads that need no turn. */
  peek(key: string): S | undefined {
    return this.actors.get(key)?.state;
  }

  /** Actors in memory, and commands waiting in all mailboxes. */
  stats(): { active: number; waiting: number } {
    let waiting = 0;
    for (const actor of this.actors.values()) waiting += actor.envelopes.length;
    return { active: this.actors.size, waiting };
  }

  list(): { key: string; waiting: number; idleMs: number }[] {
    const now = Date.now();
    return [...this.actors.values()].map((a) => ({ key: a.key, waiting: a.envelopes.length, idleMs: now - a.usedAt }));
  }

  /** Takes nothing new, and resolves when all mailboxes are empty or the time is over. */
  async stop(withinMs: number): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweeper);
    const end = Date.now() + withinMs;
    while ([...this.actors.values()].some((a) => a.running) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private actorOf(key: string): Actor<S, C> {
    let actor = this.actors.get(key);
    if (actor) this.actors.delete(key);
    else actor = { key, state: undefined, envelopes: [], running: false, usedAt: 0 };
    actor.usedAt = Date.now();
    this.actors.set(key, actor);
    return actor;
  }

  private async run(actor: Actor<S, C>): Promise<void> {
    while (actor.envelopes.length) {
      const envelopes = actor.envelopes.splice(0, this.limits.batch);
      await shared("turn of a conversation", envelopes, () => this.turn(actor, envelopes));
    }
    actor.running = false;
    if (actor.state === undefined) this.actors.delete(actor.key); // what failed to load takes no room
  }

  private async turn(actor: Actor<S, C>, all: readonly Envelope<C>[]): Promise<void> {
    let envelopes = all;
    for (let attempt = 0; envelopes.length; attempt++) {
      try {
        actor.state ??= await this.behaviour.load(actor.key);
        if (!(await this.behaviour.turn(actor.state, envelopes))) actor.state = undefined;
        return;
      } catch (error) {
        actor.state = undefined; // it may be ahead of the store or behind it: the store is the truth
        if (error instanceof Flawed) {
          const { envelope, cause } = error as Flawed<C>;
          envelope.reject(cause);
          envelopes = envelopes.filter((e) => e !== envelope);
          attempt--; // there are no more of these than envelopes
          continue;
        }
        if (error instanceof Overfull && envelopes.length > 1) {
          const half = Math.ceil(envelopes.length / 2);
          await this.turn(actor, envelopes.slice(0, half));
          return this.turn(actor, envelopes.slice(half));
        }
        if (error instanceof Fenced && attempt < FENCED_RETRIES) continue;
        const told = toldOf(error);
        for (const envelope of envelopes) envelope.reject(told);
        return;
      }
    }
  }

  private sweep(): void {
    const before = Date.now() - this.limits.idle;
    for (const actor of this.actors.values()) {
      if (actor.usedAt > before) return;
      if (!actor.running) this.actors.delete(actor.key);
    }
  }

  /** Makes room: a tenth of the actors, the least recently used first. */
  private evict(): void {
    let surplus = Math.ceil(this.limits.actors / 10);
    for (const actor of this.actors.values()) {
      if (surplus <= 0) return;
      if (actor.running) continue;
      this.actors.delete(actor.key);
      surplus--;
    }
  }
}
