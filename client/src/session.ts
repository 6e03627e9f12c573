/** Signing in with e-mail and password: keeps the pair of tokens, and rotates it one tab at a time. */
import { Channel } from "./channel";
import { ChatError, isChatError } from "./error";
import { type Tokens, type User } from "./protocol";
import { Rest, type RouteParams, type RouteResult } from "./rest";
import { type ChatStorage, memory } from "./storage";
import { type TokenSource } from "./tokens";

const KEY = "session";

/** Where to sign in, and where the tokens are kept. */
export interface SessionOptions {
  readonly url: string;
  /** Where the pair of tokens is kept; in memory where left out. A store of its own, not the chat's. */
  readonly storage?: ChatStorage;
  readonly fetch?: typeof fetch;
}
/** What somebody signs in with. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of the second factor. */
  readonly code?: string;
}

interface Kept {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Who is signed in here; its `token` is for `createChat`. */
export class Session {
  private readonly rest: Rest;
  private readonly storage: ChatStorage;
  private readonly channel: Channel;
  private readonly fetcher: typeof fetch | undefined;
  private given: string | undefined;

  /** @internal */
  constructor({ url, storage = memory(), fetch }: SessionOptions) {
    this.fetcher = fetch;
    this.rest = new Rest(url, undefined, fetch);
    this.storage = storage;
    this.channel = new Channel(storage.name === undefined ? undefined : `${storage.name}:session`);
  }

  /** Who is signed in, from an earlier life too. */
  async user(): Promise<User | undefined> {
    return (await this.kept())?.user;
  }

  /** @throws AnyChatError */
  signIn(credentials: Credentials): Promise<User> {
    return this.begin("/auth/login", credentials);
  }

  /** Makes an account and signs it in; where one has to be invited, by the invitation's code. @throws AnyChatError */
  signUp(account: RouteParams<"POST /auth/register">): Promise<User> {
    return this.begin("/auth/register", account);
  }

  /**
   * After the way back from a provider, which begins at `/oidc/<id>`; from a page of the server's own origin, for the
   * cookie of that way. FORBIDDEN with `required: "code"` where the account has a second factor. @throws AnyChatError
   */
  signInFromProvider(code?: string): Promise<User> {
    return this.begin("/oidc/session", code === undefined ? {} : { code });
  }

  /** Who may make an account, and where else one may sign in. @throws AnyChatError */
  entrance(): Promise<RouteResult<"GET /registration">> {
    return this.rest.call("GET /registration");
  }

  /** Mails a link to set a new password; an unknown address is answered the same. @throws AnyChatError */
  async forgotPassword(email: string): Promise<void> {
    await this.rest.call("POST /auth/password/forgot", { email });
  }

  /** By the token of the mailed link; ends all sessions and API tokens. @throws AnyChatError */
  async resetPassword(token: string, next: string): Promise<void> {
    await this.rest.call("POST /auth/password/reset", { token, next });
  }

  /** No more mails of what is unread, by the token of one. @throws AnyChatError */
  async unsubscribeMail(token: string): Promise<void> {
    await this.rest.call("POST /mail/unsubscribe/:token", { token });
  }

  /** By the token of the mailed link. @throws AnyChatError */
  async verifyEmail(token: string): Promise<void> {
    await this.rest.call("POST /auth/email/verify", { token });
  }

  /** Gives the access token; rotates the pair when that was given before. */
  readonly token: TokenSource = async ({ refused }) => {
    const kept = await this.kept();
    if (!kept) throw new ChatError("AUTH_INVALID", "Nobody is signed in.");
    // Another tab may have rotated the pair: what is kept is newer than what this one gave.
    if (!refused && this.given !== kept.accessToken) return this.give(kept);
    return this.give(await this.channel.alone("rotate", () => this.rotate(kept)));
  };

  /** Ends the session on the server, and forgets it in any case. */
  async signOut(): Promise<void> {
    const kept = await this.kept();
    await this.storage.delete(KEY);
    this.given = undefined;
    if (!kept) return;
    const tokens = { get: () => Promise.resolve(kept.accessToken), instead: () => Promise.resolve(kept.accessToken) };
    // Without a connection the server's side ends by itself when the pair runs out.
    await new Rest(this.rest.url, tokens, this.fetcher).call("POST /auth/logout").catch(() => undefined);
  }

  private async begin(path: string, body: unknown): Promise<User> {
    const kept = await this.rest.ask<Tokens>("POST", path, body);
    await this.keep(kept);
    return kept.user;
  }

  /** The old refresh token is dead afterwards: whoever waited for the turn takes what the one before it has got. */
  private async rotate(before: Kept): Promise<Kept> {
    const now = await this.kept();
    if (now && now.refreshToken !== before.refreshToken) return now;
    try {
      const fresh = await this.rest.call("POST /auth/refresh", { refreshToken: before.refreshToken });
      await this.keep({ ...fresh, user: fresh.user ?? before.user });
      return fresh;
    } catch (error) {
      if (isChatError(error) && error.code === "AUTH_INVALID") await this.storage.delete(KEY);
      throw error;
    }
  }

  private give({ accessToken }: Kept): string {
    this.given = accessToken;
    return accessToken;
  }

  private async kept(): Promise<Kept | undefined> {
    return (await this.storage.get(KEY)) as Kept | undefined;
  }

  private async keep({ user, accessToken, refreshToken }: Kept): Promise<void> {
    await this.storage.set(KEY, { user, accessToken, refreshToken });
    this.given = undefined;
  }
}

/** Signing in with e-mail and password. */
export const createSession = (options: SessionOptions): Session => new Session(options);
