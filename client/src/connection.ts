/** Keeps the sockets up: tokens, pauses that grow, networks that come and go, sleep. */
import { backOff, type Clock } from "./clock";
import { isHidden } from "./environment";
import { type AnyChatError, fromWire, isAuthError, isChatError, toChatError, unavailable } from "./error";
import { Writable } from "./observable";
import { type ClientEvents } from "./protocol";
import { type Line, type ParamsOf, Questions, type ResultOf } from "./questions";
import { probe } from "./probe";
import { type Namespace, type OpenSockets, type SocketLike } from "./sockets";
import { type Tokens } from "./tokens";
import { watchWorld } from "./world";

/** Without a connection; getting one; fetching what was missed; nothing is missing. */
export type State = "offline" | "connecting" | "catchingUp" | "online";
/**
 * How the connection stands. `silent`: an answer is late, and the server is being asked whether it is there; `error`: why it is
 * offline; `signedOut`: the server refuses the token for good, and only `connect()` tries again.
 */
export interface ConnectionState {
  readonly state: State;
  readonly silent?: true;
  readonly error?: AnyChatError;
  readonly signedOut?: true;
}

/** A handshake that nobody answers is given up then: a gateway may take a connection and hang. */
const HANDSHAKE_MS = 20_000;
/** A connection that lived this long begins its pauses anew. */
const STABLE_MS = 10_000;
/** One that had caught up goes on with pauses of two seconds at most. */
const SERVED = 2;
/** After so many refusals of fresh tokens in a row one is signed out. */
const REFUSALS = 3;

export interface ConnectionHooks {
  /** The chat socket is up: catch up. May throw where the connection fails meanwhile. */
  up(): Promise<void>;
  event(namespace: Namespace, event: string, payload: unknown): void;
  signedOut(error: AnyChatError): void;
}

export class Connection implements Line {
  readonly state = new Writable<ConnectionState>({ state: "offline" });
  private readonly sockets = new Map<Namespace, SocketLike>();
  private readonly open: ReturnType<OpenSockets>;
  private readonly questions: Questions;
  private wanted = false;
  private attempt = 0;
  private refusals = 0;
  private retry: (() => void) | undefined;
  private stable: (() => void) | undefined;
  private handshake: (() => void) | undefined;
  private unwatch: (() => void) | undefined;
  private probing = false;
  private readonly hears = new Set<Namespace>(["/chat"]);

  constructor(
    url: string,
    openSockets: OpenSockets,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
    private readonly hooks: ConnectionHooks,
  ) {
    this.open = openSockets(url);
    this.questions = new Questions(this, clock);
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempt = this.refusals = 0;
    this.tokens.start();
    this.unwatch = watchWorld(this.clock, { wake: () => this.wake(), lost: () => this.lost() });
    void this.connect();
  }

  stop(error?: AnyChatError): void {
    this.wanted = false;
    this.retry?.();
    this.handshake?.();
    this.stable?.();
    this.unwatch?.();
    this.tokens.stop();
    this.state.set({ state: "offline", ...(error ? { error, signedOut: true } : {}) });
    for (const socket of this.sockets.values()) socket.disconnect();
    this.questions.letGo();
  }

  /** Also listens to this namespace, from now on and after every reconnection. */
  use(namespace: Namespace): void {
    if (this.hears.has(namespace)) return;
    this.hears.add(namespace);
    if (this.socket("/chat").connected) this.socket(namespace).connect();
  }

  /** A fresh token is at once the one of the open sockets; one that does not take it begins anew with it. */
  async renew(token: string): Promise<void> {
    const open = [...this.sockets].filter(([, socket]) => socket.connected).map(([namespace]) => namespace);
    await Promise.all(open.map((namespace) => this.questions.once(namespace, "auth:renew", { token }))).catch(() =>
      this.drop(),
    );
  }

  /** Between `start` and `stop`. */
  get isWanted(): boolean {
    return this.wanted;
  }

  /** Settles when all that was missed is here. Rejects once the client is closed. */
  whenOnline(): Promise<void> {
    if (this.state.value.state === "online") return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.state.subscribe(({ state }) => {
        if (state !== "online") return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  }

  get isUp(): boolean {
    return this.sockets.get("/chat")?.connected === true;
  }

  /** Asks and gives the ack's data (see Questions). @throws AnyChatError */
  ask<N extends Namespace, E extends keyof ClientEvents[N] & string>(
    namespace: N,
    event: E,
    params: ParamsOf<N, E>,
    patience?: number,
  ): Promise<ResultOf<N, E>> {
    return this.questions.ask(namespace, event, params, patience);
  }

  /** One attempt, now. @throws AnyChatError */
  once(namespace: Namespace, event: string, params: unknown): Promise<unknown> {
    return this.questions.once(namespace, event, params);
  }

  upSocket(namespace: Namespace): SocketLike | undefined {
    const socket = this.sockets.get(namespace);
    return socket?.connected ? socket : undefined;
  }

  late(): void {
    if (!this.isUp) return;
    this.state.set({ ...this.state.value, silent: true });
    this.look();
  }

  async renewNow(): Promise<void> {
    await this.renew(await this.tokens.instead(this.tokens.current));
  }

  private socket(namespace: Namespace): SocketLike {
    const known = this.sockets.get(namespace);
    if (known) return known;
    const token = (): string => `Bearer ${this.tokens.current ?? ""}`;
    const socket = this.open(namespace, () =>
      namespace === "/chat" ? { token: token(), join: "all" } : { token: token() },
    );
    this.sockets.set(namespace, socket);
    socket.onEvent((event, payload) => this.heard(namespace, event, payload));
    socket.onUp(() => (namespace === "/chat" ? void this.up() : this.questions.letGo()));
    if (namespace === "/chat") {
      socket.onDown(() => this.down());
      socket.onRefused((data, message) => void this.refused(data, message));
    } else {
      // It lives with the chat's; where it alone fell it comes back alone.
      const again = (): void => void this.clock.after(2_000, () => this.isUp && !socket.connected && socket.connect());
      socket.onDown(again);
      socket.onRefused(again);
    }
    return socket;
  }

  /** Ends what may be a dead connection, and begins another. */
  private drop(): void {
    for (const socket of this.sockets.values()) socket.disconnect();
    if (this.wanted && this.retry === undefined) this.later();
  }

  private async connect(): Promise<void> {
    this.retry?.();
    this.retry = undefined;
    if (!this.wanted || this.isUp) return;
    this.stable?.();
    this.state.set({ state: "connecting" });
    try {
      await this.tokens.get();
    } catch (thrown) {
      const error = toChatError(thrown);
      return isChatError(thrown) && isAuthError(error) ? this.signOut(error) : this.later(error);
    }
    if (!this.wanted) return;
    this.handshake?.();
    this.handshake = this.clock.after(HANDSHAKE_MS, () => !this.isUp && this.drop());
    this.socket("/chat").connect();
  }

  private async up(): Promise<void> {
    this.handshake?.();
    if (!this.wanted) return;
    this.state.set({ state: "catchingUp" });
    this.questions.letGo();
    for (const namespace of this.hears) if (namespace !== "/chat") this.socket(namespace).connect();
    this.stable = this.clock.after(STABLE_MS, () => (this.attempt = 0));
    this.refusals = 0;
    try {
      await this.hooks.up();
      if (!this.isUp || !this.wanted) return;
      // The server serves: whatever cuts the connection next, it is worth trying again soon.
      this.attempt = Math.min(this.attempt, SERVED);
      this.state.set({ state: "online" });
    } catch {
      // Cut while catching up: `down` has seen to it. Else the server could not tell: anew over another connection.
      if (this.isUp) this.drop();
    }
  }

  private down(): void {
    this.stable?.();
    if (this.wanted && this.retry === undefined) this.later();
  }

  private async refused(data: unknown, message: string): Promise<void> {
    const error = data === undefined ? unavailable(message) : fromWire(data);
    if (!isAuthError(error)) return this.later(error);
    if (++this.refusals >= REFUSALS) return this.signOut(error);
    try {
      await this.tokens.instead(this.tokens.current);
      this.later(undefined, this.refusals > 1 ? 1 : 0);
    } catch (thrown) {
      const why = toChatError(thrown);
      if (isChatError(thrown) && isAuthError(why)) this.signOut(why);
      else this.later(why);
    }
  }

  private signOut(error: AnyChatError): void {
    this.stop(error);
    this.hooks.signedOut(error);
  }

  private later(error?: AnyChatError, wait?: number): void {
    this.handshake?.();
    if (!this.wanted) return;
    this.state.set({ state: "offline", ...(error ? { error } : {}) });
    const pause = wait ?? backOff(this.clock, this.attempt++, 500, isHidden() ? 120_000 : 30_000);
    this.retry?.();
    this.retry = this.clock.after(pause, () => void this.connect());
  }

  /** The network is back, the page is seen again or the machine woke: at once, and not after the pause. */
  private wake(): void {
    if (!this.wanted) return;
    if (!this.isUp) {
      if (this.retry) void this.connect();
      return;
    }
    this.look();
  }

  /** Whether anybody is there, far sooner than the transport finds out. */
  private look(): void {
    if (this.probing) return;
    this.probing = true;
    probe(this.socket("/chat"))
      .then(
        () => this.answered(),
        () => this.drop(),
      )
      .finally(() => (this.probing = false));
  }

  private answered(): void {
    const { silent, ...now } = this.state.value;
    if (silent) this.state.set(now);
  }

  private lost(): void {
    if (this.isUp) this.drop();
  }

  private heard(namespace: Namespace, event: string, payload: unknown): void {
    if (event === "error" && (payload as { code?: unknown } | undefined)?.code === "AUTH_EXPIRED") {
      // Told to the sockets by the token's own news; where there is none the server cuts, and that is seen to.
      this.tokens.instead(this.tokens.current).catch(() => undefined);
      return;
    }
    this.hooks.event(namespace, event, payload);
  }
}
