/** Durable facts: published from an outbox, digested at least once by every consumer group, never lost in between. */
import { Middleware as channels } from "@moleculer/channels";
import { type Middleware, type Service, type ServiceBroker } from "moleculer";
import { join } from "node:path";
import { type Env } from "../../contracts/env";
import { type EventNamed, type Payload } from "../../contracts/events";
import { type DeadLetter, type FactsAdapter } from "./adapter";
import { LocalFacts } from "./local";
import { RabbitFacts } from "./rabbit";
import { defaultDelays, type Delays } from "./retry";

export { type DeadLetter } from "./adapter";

export type FactName = EventNamed<"durable">;

const adapters = new WeakMap<ServiceBroker, FactsAdapter>();

function factsOf(broker: ServiceBroker): FactsAdapter {
  const adapter = adapters.get(broker);
  if (!adapter) throw new Error("this broker has no factsMiddleware");
  return adapter;
}

/** Carries facts over RabbitMQ where RABBITMQ_URL is set, else within this process. */
export function factsMiddleware(env: Env): Middleware {
  const adapter = env.RABBITMQ_URL
    ? new RabbitFacts(env.RABBITMQ_URL)
    : new LocalFacts(join(env.DATA_DIR, "dead-letters"));
  const middleware = channels({ adapter } as unknown as Parameters<typeof channels>[0]);
  return {
    ...middleware,
    created(broker: ServiceBroker) {
      middleware.created(broker);
      adapters.set(broker, adapter);
    },
    // @moleculer/channels connects after all services have started; they may publish while they start.
    starting() {
      void adapter.connect();
      return Promise.resolve();
    },
  } as unknown as Middleware;
}

/**
 * Resolves when the fact is safe: RabbitMQ has confirmed it; in process, when every consumer group has handled it.
 * @throws UNAVAILABLE when it is not, or not known to be: it stays in the outbox and is published again
 */
export function publishFact<N extends FactName>(broker: ServiceBroker, name: N, payload: Payload<N>): Promise<void> {
  const adapter = factsOf(broker);
  return adapter.publish(adapter.addPrefixTopic(name), payload);
}

export interface ConsumeOptions {
  /** Each group gets every fact once; its nodes share them. The service's name where left out. */
  readonly group?: string;
  /** How many facts its handler may have in hand at once. */
  readonly maxInFlight?: number;
  readonly delays?: Delays;
}

/**
 * One entry of a service's `channels`, under the fact's name (or any other, where a service has two groups). The
 * handler must bear the same fact twice. It is tried again when it throws; what it never digests is a dead letter.
 */
export function consume<N extends FactName>(
  name: N,
  handler: (this: Service, payload: Payload<N>) => Promise<void>,
  options: ConsumeOptions = {},
): object {
  return { maxInFlight: 100, delays: defaultDelays, ...options, fact: name, handler };
}

/** What consumers on this node gave up, oldest first within each consumer group. */
export const deadLetters = (broker: ServiceBroker, limit: number): Promise<DeadLetter[]> =>
  factsOf(broker).deadLetters(limit);

/** Gives dead letters back to their consumers, all of them where no ids are named; says how many. */
export const replayDeadLetters = (broker: ServiceBroker, limit: number, ids?: readonly string[]): Promise<number> =>
  factsOf(broker).replay(ids, limit);
