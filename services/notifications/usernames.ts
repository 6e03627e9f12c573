/** Names of those who did something, for titles: asked for in batches, copied, refreshed by `users.changed`. */
import { type ServiceBroker } from "moleculer";
import { toWire } from "../../contracts/errors";
import { call } from "../../platform/bus";

const MOST_COPIES = 50_000;

export class Usernames {
  private readonly copies = new Map<number, string>();

  constructor(private readonly broker: ServiceBroker) {}

  /** Those that can be had; a users service that is down costs titles their name, not users their notifications. */
  async of(userIds: Iterable<number>): Promise<ReadonlyMap<number, string>> {
    const wanted = [...new Set(userIds)];
    const ids = wanted.filter((id) => !this.copies.has(id));
    if (ids.length)
      try {
        for (const { user_id, username } of await call(this.broker, "users.profiles", { ids }))
          this.set(user_id, username);
      } catch (error) {
        this.broker.logger.debug(`titles go without names: ${toWire(error).code}`);
      }
    return this.copies;
  }

  set(userId: number, username: string): void {
    this.copies.delete(userId);
    this.copies.set(userId, username);
    if (this.copies.size <= MOST_COPIES) return;
    for (const oldest of this.copies.keys()) return void this.copies.delete(oldest);
  }
}
