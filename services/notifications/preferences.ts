/** Each user's preferences, with a bounded copy in memory: a batch asks for hundreds of users at once. */
import { badField, fail } from "../../contracts/errors";
import { MOST } from "../../contracts/most";
import { type Preferences } from "../../contracts/notifications";
import { type Params } from "../../contracts/actions";
import { type Documents } from "../../mixins/documents";
import { type PreferencesDoc } from "./documents";
import { isTimezone } from "./rules";

const MOST_COPIES = 50_000;

type Changes = NonNullable<Params<"notifications.preferences">["set"]>;

/** The fields that a change sets, by path, so that two devices that change different ones lose nothing. */
export function pathsOf(changes: Changes): Record<string, unknown> {
  const { types = {}, dnd, conversations = {}, mail = {} } = changes;
  if (dnd && !isTimezone(dnd.timezone)) throw badField("set.dnd.timezone", "timezone", "This is no IANA time zone.");
  const nested = (name: string, fields: object): [string, unknown][] =>
    Object.entries(fields).map(([key, value]) => [`${name}.${key}`, value]);
  return Object.fromEntries([
    ...nested("types", types),
    ...(dnd === undefined ? [] : [["dnd", dnd] as const]),
    ...nested("conversations", conversations),
    ...nested("mail", mail),
  ]);
}

export class PreferencesBook {
  private readonly copies = new Map<number, Preferences>();
  /** Counts what was forgotten: a copy read before that may be old. */
  private forgotten = 0;

  /** @param defaults the very object that stands for whoever has chosen nothing */
  constructor(
    private readonly store: () => Documents<PreferencesDoc>,
    readonly defaults: Preferences,
  ) {}

  /** A look-up for these users. */
  async of(userIds: Iterable<number>): Promise<(userId: number) => Preferences> {
    const missing = new Set<number>();
    for (const id of userIds) if (!this.copies.has(id)) missing.add(id);
    const read = missing.size ? await this.read([...missing]) : undefined;
    return (id) => read?.get(id) ?? this.copies.get(id) ?? this.defaults;
  }

  async change(userId: number, changes: Changes): Promise<void> {
    const paths = pathsOf(changes);
    if (Object.keys(paths).length === 0) return;
    await this.checkRoom(userId, changes.conversations ?? {});
    await this.store().updateOne({ user_id: userId }, { $set: paths }, { upsert: true });
    this.forget(userId);
  }

  /** @throws TOO_LARGE where they would have levels for too many conversations */
  private async checkRoom(userId: number, levels: object): Promise<void> {
    const { conversations } = (await this.of([userId]))(userId);
    const more = Object.keys(levels).filter((id) => !Object.hasOwn(conversations, id));
    if (more.length && more.length + Object.keys(conversations).length > MOST.namedConversations)
      throw fail("TOO_LARGE", `Preferences name at most ${MOST.namedConversations} conversations.`);
  }

  forget(userId: number): void {
    this.forgotten++;
    this.copies.delete(userId);
  }

  private async read(userIds: readonly number[]): Promise<ReadonlyMap<number, Preferences>> {
    const { forgotten } = this;
    const docs = await this.store().find({ user_id: { $in: userIds } });
    const found = new Map(docs.map((doc) => [doc.user_id, this.complete(doc)]));
    const read = new Map(userIds.map((id) => [id, found.get(id) ?? this.defaults]));
    if (forgotten === this.forgotten) for (const [id, preferences] of read) this.keep(id, preferences);
    return read;
  }

  private complete({ types, dnd, conversations, mail }: PreferencesDoc): Preferences {
    return {
      types: { ...this.defaults.types, ...types },
      dnd: dnd ?? null,
      conversations: conversations ?? {},
      ...(this.defaults.mail ? { mail: { ...this.defaults.mail, ...mail } } : {}),
    };
  }

  /** The oldest copy goes when there are too many. */
  private keep(userId: number, preferences: Preferences): void {
    this.copies.set(userId, preferences);
    if (this.copies.size <= MOST_COPIES) return;
    for (const oldest of this.copies.keys()) return void this.copies.delete(oldest);
  }
}
