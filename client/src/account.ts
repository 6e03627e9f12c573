/** One's own account: profile, password, second factor, sessions, API tokens, bots. */
import { type ExportLine, exportLines, type ExportOptions } from "./export";
import { type ApiToken, type PublicUser, type Session as SessionInfo, type User } from "./protocol";
import { type Rest, type RouteParams, type RouteResult } from "./rest";

/** What can be changed of one's own profile; what is left out stays. */
export type ProfileChange = RouteParams<"PATCH /users/me">;
/** An API token to be made: its name, what it is for, how long it lasts. */
export type ApiTokenOptions = RouteParams<"POST /auth/tokens">;

/** One's own account, as `chat.account`. Every method throws an `AnyChatError`. */
export class Account {
  /** @internal */
  constructor(
    private readonly rest: Rest,
    private readonly me: () => number,
    private readonly changed: (me: User) => void,
  ) {}

  /** Name, picture, `custom`, and whose groups open at once. @throws AnyChatError */
  async update(change: ProfileChange): Promise<User> {
    const me = await this.rest.call("PATCH /users/me", change);
    this.changed(me);
    return me;
  }

  /** Also ends the other sessions and all API tokens. FORBIDDEN for a wrong current one. @throws AnyChatError */
  async changePassword(current: string, next: string): Promise<void> {
    await this.rest.call("POST /auth/password", { current, next });
  }

  /** Mails a link that verifies one's address. @throws AnyChatError */
  async sendVerification(): Promise<void> {
    await this.rest.call("POST /auth/email/verification");
  }

  /** Makes the secret of a second factor, which counts once confirmed. @throws AnyChatError */
  beginSecondFactor(password: string): Promise<RouteResult<"POST /auth/totp">> {
    return this.rest.call("POST /auth/totp", { password });
  }

  /** Turns it on; the recovery codes are shown this once. @throws AnyChatError */
  confirmSecondFactor(code: string): Promise<RouteResult<"POST /auth/totp/confirm">> {
    return this.rest.call("POST /auth/totp/confirm", { code });
  }

  /** Turns it off. @throws AnyChatError */
  async endSecondFactor(password: string, code: string): Promise<void> {
    await this.rest.call("DELETE /auth/totp", { password, code });
  }

  /** Devices that are signed in, last used first. @throws AnyChatError */
  sessions(): Promise<SessionInfo[]> {
    return this.rest.call("GET /auth/sessions");
  }

  /** @throws AnyChatError */
  async endSession(id: string): Promise<void> {
    await this.rest.call("DELETE /auth/sessions/:id", { id });
  }

  /** Ends the session of this client's own token. `Session.signOut` does so, too. @throws AnyChatError */
  async endThisSession(): Promise<void> {
    await this.rest.call("POST /auth/logout");
  }

  /** All devices, this one too, and all API tokens. @throws AnyChatError */
  async endAllSessions(): Promise<void> {
    await this.rest.call("POST /auth/logout-all");
  }

  /** One's own and those of one's bots, without their secrets. @throws AnyChatError */
  apiTokens(): Promise<ApiToken[]> {
    return this.rest.call("GET /auth/tokens");
  }

  /** Its secret is shown this once. FORBIDDEN with `details.required: password` in an old session. @throws AnyChatError */
  createApiToken(options: ApiTokenOptions): Promise<RouteResult<"POST /auth/tokens">> {
    return this.rest.call("POST /auth/tokens", options);
  }

  /** Voids it at once. @throws AnyChatError */
  async revokeApiToken(id: string): Promise<void> {
    await this.rest.call("DELETE /auth/tokens/:id", { id });
  }

  /** @throws AnyChatError */
  bots(): Promise<PublicUser[]> {
    return this.rest.call("GET /users/me/bots");
  }

  /** A user without e-mail and password, who speaks through API tokens only. @throws AnyChatError */
  createBot(username: string): Promise<PublicUser> {
    return this.rest.call("POST /users/me/bots", { username });
  }

  /** What the accounts keep about one. @throws AnyChatError */
  export(): Promise<RouteResult<"GET /users/me/export">> {
    return this.rest.call("GET /users/me/export");
  }

  /**
   * One's account with all that one may see, line by line, in any length; with the bytes of files unless told otherwise. It is
   * whole where it ends without an error. At most three in an hour. @throws AnyChatError
   */
  exportAll(options: ExportOptions = {}): AsyncGenerator<ExportLine, void, undefined> {
    return exportLines(this.rest, options);
  }

  /** Deletes one's account, or the one of one's bot; messages stay under a deleted user. @throws AnyChatError */
  async delete(id = this.me()): Promise<void> {
    await this.rest.call("DELETE /users/:id", { id });
  }

  /**
   * The same, with all that was written, reacted and voted under it. Behind the answer, in steps. FORBIDDEN where the
   * operator has only admins do this. @throws AnyChatError
   */
  async erase(id = this.me()): Promise<void> {
    await this.rest.call("DELETE /users/:id", { id, erase: true });
  }

  /** Tells the staff of a message, person, conversation or file that one sees. @throws AnyChatError */
  async report(what: RouteParams<"POST /reports">): Promise<void> {
    await this.rest.call("POST /reports", what);
  }
}
