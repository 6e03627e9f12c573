/**
 * What several nodes of one process share because the machine has it once: decoders, threads that hash. A node alone has a
 * house of its own; tenants' nodes are moved into one, where what is there is bounded for all together and taken in turns.
 */
import { type ServiceBroker } from "moleculer";

interface Kept {
  readonly thing: unknown;
  users: number;
}

export class House {
  private readonly things = new Map<string, Kept>();

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

const houses = new WeakMap<ServiceBroker, House>();

/** Before its services start. */
export const moveInto = (broker: ServiceBroker, house: House): void => void houses.set(broker, house);

export function houseOf(broker: ServiceBroker): House {
  const house = houses.get(broker) ?? new House();
  houses.set(broker, house);
  return house;
}
