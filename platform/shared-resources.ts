/**
 * What several nodes of one process share because the machine has it once: decoders, threads that hash. A node alone has its
 * own; tenants' nodes are given the same, where what is there is bounded for all together and taken in turns.
 */
import { type ServiceBroker } from "moleculer";

interface Counted {
  readonly thing: unknown;
  users: number;
}

export class SharedResources {
  private readonly things = new Map<string, Counted>();

  /** Made by the first who asks. */
  take<T>(name: string, make: () => T): T {
    const kept = this.things.get(name) ?? { thing: make(), users: 0 };
    this.things.set(name, kept);
    kept.users += 1;
    return kept.thing as T;
  }

  /** @param close called when nobody has it any more */
  async leave<T>(name: string, close: (thing: T) => Promise<void> | void): Promise<void> {
    const kept = this.things.get(name);
    if (!kept || --kept.users > 0) return;
    this.things.delete(name);
    await close(kept.thing as T);
  }
}

const byBroker = new WeakMap<ServiceBroker, SharedResources>();

/** Before its services start. */
export const shareResources = (broker: ServiceBroker, shared: SharedResources): void =>
  void byBroker.set(broker, shared);

export function sharedResourcesOf(broker: ServiceBroker): SharedResources {
  const shared = byBroker.get(broker) ?? new SharedResources();
  byBroker.set(broker, shared);
  return shared;
}
