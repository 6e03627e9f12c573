/** How a bus event is stated: its payload and what its delivery promises. */
import { type Infer, type Schema } from "./schema";

/**
 * - `durable`: must not be lost; published from the outbox over a durable channel, at least once, consumers idempotent.
 * - `everyNode`: to every node that listens, at most once; whoever needs certainty repairs by a snapshot.
 */
export type EventDelivery = "durable" | "everyNode";

export interface EventContract<P = unknown> {
  readonly delivery: EventDelivery;
  readonly payload: Schema<P>;
  readonly about: string;
}
export const event = <const D extends EventDelivery, P extends Schema<unknown>>(contract: {
  delivery: D;
  payload: P;
  about: string;
}): EventContract<Infer<P>> & { readonly delivery: D } =>
  contract as EventContract<Infer<P>> & { readonly delivery: D };

export type PayloadOf<E> = E extends EventContract<infer P> ? P : never;
