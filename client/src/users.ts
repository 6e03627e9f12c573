/** Names and faces: asked for once and in batches, kept up to a bound. */
import { type Clock } from "./clock";
import { toChatError } from "./error";
import { type Readable, Writable } from "./observable";
import { type PublicUser } from "./protocol";
import { type Rest } from "./rest";
import { type ChatAsk } from "./wire";

const MOST = 2_000;
const BATCH = 200;
const SOON_MS = 20;
/** Names change: after this long one is asked for again when somebody looks. */
const FRESH_MS = 10 * 60_000;

/** Other people, as `chat.users`. */
export class Users {
  private readonly known = new Map<number, { readonly user: Writable<PublicUser | undefined>; at: number }>();
  private wanted = new Map<number, ((error?: Error) => void)[]>();

  /** @internal */
  constructor(
    private readonly rest: Rest,
    private readonly wire: ChatAsk,
    private readonly clock: Clock,
  ) {}

  /** The profiles of these users; unknown ids are left out. @throws AnyChatError */
  async get(ids: readonly number[]): Promise<PublicUser[]> {
    await Promise.all(ids.map((id) => this.learn(id)));
    return ids.flatMap((id) => this.known.get(id)?.user.value ?? []);
  }

  /** One user to watch; undefined until known. */
  of(id: number): Readable<PublicUser | undefined> {
    void this.learn(id).catch(() => undefined); // asked again when somebody looks again
    return this.entry(id).user;
  }

  /** Finds people by the beginnings of words of their names. @throws AnyChatError */
  async search(q: string, limit = 20): Promise<PublicUser[]> {
    const found = await this.rest.call("GET /users/search", { q, limit });
    for (const user of found) this.put(user);
    return found;
  }

  /** They can't write to one any more, and are not told. @throws AnyChatError */
  async block(userId: number): Promise<void> {
    await this.wire("user:block", { userId });
  }

  /** @throws AnyChatError */
  async unblock(userId: number): Promise<void> {
    await this.wire("user:unblock", { userId });
  }

  /** Whom one has blocked. @throws AnyChatError */
  blocked(): Promise<{ userId: number; created_at: string }[]> {
    return this.wire("user:blocked", {});
  }

  /** @internal */
  put(user: PublicUser): void {
    const entry = this.entry(user.user_id);
    entry.at = this.clock.now();
    entry.user.set(user);
  }

  /** @internal */
  clear(): void {
    this.known.clear();
  }

  private entry(id: number): { readonly user: Writable<PublicUser | undefined>; at: number } {
    const known = this.known.get(id);
    if (known) return known;
    const made = { user: new Writable<PublicUser | undefined>(undefined), at: -Infinity };
    this.known.set(id, made);
    const oldest = this.known.keys().next();
    if (this.known.size > MOST && !oldest.done) this.known.delete(oldest.value);
    return made;
  }

  private learn(id: number): Promise<void> {
    if (this.clock.now() - this.entry(id).at < FRESH_MS) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.wanted.size === 0) this.clock.after(SOON_MS, () => void this.askAll());
      const done = (error?: Error): void => (error ? reject(error) : resolve());
      this.wanted.set(id, [...(this.wanted.get(id) ?? []), done]);
    });
  }

  private async askAll(): Promise<void> {
    const wanted = [...this.wanted];
    this.wanted = new Map();
    for (let at = 0; at < wanted.length; at += BATCH) {
      const batch = wanted.slice(at, at + BATCH);
      const failure = await this.ask(batch.map(([id]) => id)).then(
        () => undefined,
        (error: unknown) => toChatError(error),
      );
      for (const done of batch.flatMap(([, waiting]) => waiting)) done(failure);
    }
  }

  private async ask(ids: number[]): Promise<void> {
    for (const user of await this.rest.call("POST /users/batch", { ids })) this.put(user);
    // Who was not told does not exist, and is not asked for again at once.
    for (const id of ids) this.entry(id).at = this.clock.now();
  }
}
