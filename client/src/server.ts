/** For your own server: keeps your users in step, signs them in, and speaks for them. Never in a browser: it holds a key. */
import { type FactsOptions, readFacts } from "./facts";
import { type Fact, type Tokens, type User } from "./protocol";
import { Rest } from "./rest";

/** Where the server is, and the key of yours. */
export interface ChatServerOptions {
  readonly url: string;
  /** One of the server's `SERVER_KEYS`. */
  readonly key: string;
  readonly fetch?: typeof fetch;
}
/** What you know of a user. */
export interface UserData {
  readonly username: string;
  readonly email?: string | null;
  /** That you know the address to be theirs. */
  readonly email_verified?: boolean;
  readonly avatar_url?: string | null;
  /** Changed key by key: null takes one away. */
  readonly custom?: Readonly<Record<string, unknown>>;
}
/** By the id here, or by the key in your system. */
export type Who = number | { readonly external_id: string };

const nameOf = (who: Who): string =>
  typeof who === "number" ? String(who) : `external:${encodeURIComponent(who.external_id)}`;

/** Keeps your users in step, signs them in, and speaks for them. */
export class ChatServer {
  /** Every route, typed: `rest.call("GET /admin/users", { q: "ann" })`, in the name of the server itself. */
  readonly rest: Rest;

  constructor(private readonly options: ChatServerOptions) {
    this.rest = this.restFor();
  }

  /** Makes the account of this key, or brings it up to date; the same twice is no more than once. @throws AnyChatError */
  putUser(external_id: string, user: UserData): Promise<User> {
    return this.rest.ask("PUT", `/admin/users/external/${encodeURIComponent(external_id)}`, user);
  }

  /** @throws AnyChatError, NOTFOUND where there is none */
  findUser(external_id: string): Promise<User> {
    return this.rest.ask("GET", `/admin/users/external/${encodeURIComponent(external_id)}`);
  }

  /** What is left out stays. @throws AnyChatError */
  changeUser(id: number, change: Partial<UserData> & { readonly external_id?: string | null }): Promise<User> {
    return this.rest.ask("PATCH", `/admin/users/${id}`, change);
  }

  /** Erases the account; its messages stay under a deleted user. @throws AnyChatError */
  async deleteUser(id: number): Promise<void> {
    await this.rest.ask("DELETE", `/admin/users/${id}`);
  }

  /** A session for somebody whom you have signed in. @throws AnyChatError */
  signIn(id: number): Promise<Tokens> {
    return this.rest.ask("POST", `/admin/users/${id}/tokens`, {});
  }

  /** Ends all sessions and API tokens of a user, at once. @throws AnyChatError */
  async signOut(id: number): Promise<void> {
    await this.rest.ask("DELETE", `/admin/users/${id}/tokens`);
  }

  /** Every route, typed, in the name of a user, who may do no more by it than by themselves. */
  as(who: Who): Rest {
    return this.restFor({ "on-behalf-of": nameOf(who) });
  }

  /** Any REST request in the name of a user. @throws AnyChatError */
  ask<T>(who: Who, method: string, path: string, body?: unknown): Promise<T> {
    return this.as(who).ask<T>(method, path, body);
  }

  /**
   * All that happens, in order, without end: `for await (const fact of server.facts({ after }))`. Keep the `position` of
   * the last one that you have digested, and begin behind it the next time; a stream that ends is begun anew by itself.
   * @throws AnyChatError, NOTFOUND where what follows `after` is not kept any more
   */
  facts(options: FactsOptions = {}): AsyncGenerator<Fact, void, undefined> {
    return readFacts(this.rest, options);
  }

  private restFor(headers: Readonly<Record<string, string>> = {}): Rest {
    const { url, key, fetch } = this.options;
    return new Rest(url, undefined, fetch, { authorization: `Bearer ${key}`, ...headers });
  }
}

/** For your own server, by one of its `SERVER_KEYS`. Never in a browser. */
export const createChatServer = (options: ChatServerOptions): ChatServer => new ChatServer(options);
