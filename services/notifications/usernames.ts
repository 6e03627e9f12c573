/** Names of those who did something, for titles: asked for in batches, copied, refreshed by `users.changed`. */
import { type ServiceBroker } from "moleculer";
import { toWire } from "../../contracts/errors";
import { DELETED_NAME } from "../../contracts/shapes";
import { tell, told } from "../../contracts/told";
import { call } from "../../platform/bus";

const MOST_COPIES = 50_000;

/** A title that begins with the name of whoever did it, as it was then. */
export interface Titled {
  readonly title: string;
  readonly actor_id: number | null;
  readonly actor_name?: string | null;
  /** Of a stored one: by it who did it is found where that was not stored. */
  readonly source?: string;
}

/** What was stored before names were stored beside titles keeps its title, unless the account is gone. */
export function titleNow({ title, actor_name: then }: Titled, now: string): string {
  if (then && title.startsWith(then)) return now + title.slice(then.length);
  return now === DELETED_NAME ? now : title;
}

/** Of the oldest ones even whose name it is was not stored: a name that is theirs no more can't be told from the rest. */
function oldTitleNow(title: string, isInvite: boolean, now: string | undefined): string {
  if (now !== undefined) return title.startsWith(now) ? title : now;
  return isInvite ? tell("added", told.unnamedGroup) : told.newMessage;
}

/** The message that a source is about: what was said, or what tells of somebody who was added. */
const messageOf = (source: string): string | undefined => /^(?:message|invite):([0-9a-f]{24})(?::|$)/.exec(source)?.[1];

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
    const authors = await this.authorsOf(items);
    const names = await this.of([...items.flatMap(({ actor_id }) => actor_id ?? []), ...authors.values()]);
    return items.map((item) => {
      const { actor_id, actor_name, source = "", title } = item;
      const messageId = actor_id === null ? messageOf(source) : undefined;
      if (messageId !== undefined) {
        const now = names.get(authors.get(messageId) ?? 0);
        return { ...item, title: oldTitleNow(title, source.startsWith("invite:"), now) };
      }
      const now = actor_id === null ? undefined : names.get(actor_id);
      return now === undefined || now === actor_name ? item : { ...item, title: titleNow(item, now) };
    });
  }

  /** Who wrote what the oldest are about, which was not stored with them. */
  private async authorsOf(items: readonly Titled[]): Promise<ReadonlyMap<string, number>> {
    const asked = items.flatMap(({ actor_id, source = "" }) => (actor_id === null ? (messageOf(source) ?? []) : []));
    if (asked.length === 0) return new Map();
    try {
      const found = await call(this.broker, "chat.authors", { messageIds: [...new Set(asked)] });
      return new Map(found.map(({ messageId, userId }) => [messageId, userId]));
    } catch (error) {
      this.broker.logger.debug(`old titles go without names: ${toWire(error).code}`);
      return new Map();
    }
  }

  set(userId: number, username: string): void {
    this.copies.delete(userId);
    this.copies.set(userId, username);
    if (this.copies.size <= MOST_COPIES) return;
    for (const oldest of this.copies.keys()) return void this.copies.delete(oldest);
  }
}
