/**
 * Lanes: what one user sends into one conversation, in a row. While all is well it passes as it comes, as many at once
 * as there are. When a message could not be brought to its node, or its node is not the right one any more, those after
 * it wait until what is under way has settled, and then all follow together, in the order in which they were sent.
 */
import { AsyncResource } from "node:async_hooks";
import { type ServiceBroker } from "moleculer";
import { fail, mayRetry } from "../../../../contracts/errors";
import { type CallOptions } from "../../../../platform/bus";
import { CALL_MS } from "../../../../platform/patience";

/** Brings a message to its node, with options of its call; it may be told to do so again. */
type Deliver<T> = (options: CallOptions) => Promise<T>;

interface Item {
  readonly lane: Lane;
  readonly deliver: Deliver<unknown>;
  /** Its place in the lane. */
  readonly number: number;
  /** When its sender must have an answer. */
  readonly until: number;
  /** When it first failed. */
  failedAt: number | undefined;
}
interface Lane {
  readonly key: string;
  /** Those that wait, in order. */
  readonly waiting: { readonly item: Item; readonly go: () => void }[];
  next: number;
  underWay: number;
  /** The view of the cluster with which those under way were sent: all of them to the same node. */
  view: number;
  /** Rounds that failed since the last success. */
  failures: number;
}

/** At once first: where another node is there already, nobody notices. */
const DELAYS = [1, 8, 64, 500] as const;
/** So long after its first failure a message is given up: a client can wait better than we. */
const PATIENCE_MS = 450;
const MAY_WAIT = 1_000;
/** The broker would try each of them again after a delay of its own. */
const ONCE: CallOptions = { retries: 0 };

export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  /** Counts what changes among the nodes. */
  private view = 0;

  constructor(
    broker: ServiceBroker,
    private readonly timeoutMs = CALL_MS,
  ) {
    const changed = (): void => void this.view++;
    for (const event of ["$services.changed", "$node.connected", "$node.disconnected"])
      broker.localBus.on(event, changed);
  }

  /** Lanes in which something is under way or waits. */
  get size(): number {
    return this.lanes.size;
  }

  /** @throws what `deliver` throws, UNAVAILABLE where too much waits already */
  send<T>(key: string, deliver: Deliver<T>): Promise<T> {
    const lane = this.laneOf(key);
    const until = performance.now() + this.timeoutMs;
    const item: Item = { lane, deliver, number: lane.next++, until, failedAt: undefined };
    const moved = lane.underWay > 0 && lane.view !== this.view;
    return (lane.waiting.length > 0 || moved ? this.wait(item) : this.go(item)) as Promise<T>;
  }

  private laneOf(key: string): Lane {
    let lane = this.lanes.get(key);
    if (!lane) {
      lane = { key, waiting: [], next: 0, underWay: 0, view: this.view, failures: 0 };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  /** In the same tick as far as the call: nobody can slip in between. */
  private async go(item: Item, options = ONCE): Promise<unknown> {
    const { lane } = item;
    lane.underWay++;
    lane.view = this.view;
    try {
      const result = await item.deliver(options);
      lane.failures = 0;
      this.settled(lane);
      return result;
    } catch (error) {
      const again = this.failed(item, error); // back in the lane before anybody looks who is next
      this.settled(lane);
      return again;
    }
  }

  private async failed(item: Item, error: unknown): Promise<unknown> {
    const now = performance.now();
    item.failedAt ??= now;
    if (!mayRetry(error) || now - item.failedAt > PATIENCE_MS || now >= item.until) throw error;
    return this.wait(item);
  }

  private wait(item: Item): Promise<unknown> {
    const { lane } = item;
    const { waiting } = lane;
    if (waiting.length >= MAY_WAIT)
      return Promise.reject(fail("UNAVAILABLE", "Too many messages wait for this conversation."));
    return new Promise((resolve) => {
      // Bound to where it came from, so that its trace goes on.
      const go = AsyncResource.bind(() => {
        const left = item.until - performance.now();
        resolve(left > 0 ? this.go(item, { retries: 0, timeout: left }) : Promise.reject(fail("UNAVAILABLE")));
      });
      const at = waiting.findLastIndex((other) => other.item.number < item.number);
      waiting.splice(at + 1, 0, { item, go });
    });
  }

  /** One of those under way is answered; when all are, it is the turn of those that wait. */
  private settled(lane: Lane): void {
    if (--lane.underWay > 0) return;
    const failed = lane.waiting.some(({ item }) => item.failedAt !== undefined);
    if (!failed) return this.follow(lane);
    const delay = DELAYS[Math.min(lane.failures++, DELAYS.length - 1)];
    setTimeout(() => this.follow(lane), delay);
  }

  private follow(lane: Lane): void {
    for (const { go } of lane.waiting.splice(0)) go();
    if (lane.underWay === 0) this.lanes.delete(lane.key);
  }
}
