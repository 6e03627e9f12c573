/** Names of those who did something, for titles: asked for in batches, copied, refreshed by `users.changed`. */
import { type ServiceBroker } from "moleculer";
import { toWire } from "../../contracts/errors";
import { DELETED_NAME } from "../../contracts/shapes";
import { call } from "../../platform/bus";

const MOST_COPIES = 50_000;

/** A title that begins with the name of whoever did it, as it was then. */
export interface Titled {
  readonly title: string;
  readonly actor_id: number | null;
  readonly actor_name?: string | null;
}

/** What was stored before names were stored beside titles keeps its title, unless the account is gone. */
function titleNow({ title, actor_name: then }: Titled, now: string): string {
  if (then && title.startsWith(then)) return now + title.slice(then.length);
  return now === DELETED_NAME ? now : title;
}

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

  /** With the names that people have now: of a deleted account none is left, however old the title. */
  async retitled<T extends Titled>(items: readonly T[]): Promise<T[]> {
    const names = await this.of(items.flatMap(({ actor_id }) => actor_id ?? []));
    return items.map((item) => {
      const now = item.actor_id === null ? undefined : names.get(item.actor_id);
      return now === undefined || now === item.actor_name ? item : { ...item, title: titleNow(item, now) };
    });
  }

  set(userId: number, username: string): void {
    this.copies.delete(userId);
    this.copies.set(userId, username);
    if (this.copies.size <= MOST_COPIES) return;
    for (const oldest of this.copies.keys()) return void this.copies.delete(oldest);
  }
}
