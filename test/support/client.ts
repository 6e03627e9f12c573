/** What a client does, for tests: signs in over REST, connects the stock Socket.IO client, remembers what it hears. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type Namespace } from "../../contracts/sockets";
import { holdSecrets, watch } from "./leaks";
import { holdToPublished, noteDeviation, published } from "./published";

export interface Ack<T = any> {
  ok: boolean;
  data: T;
  error: { code: string; message: string; details?: any };
}
export interface Heard {
  readonly event: string;
  readonly payload: any;
}
type Options = Partial<ManagerOptions & SocketOptions> & {
  readonly namespace?: Namespace;
  readonly auth?: Record<string, unknown>;
  /** True where stand-ins answer, whose payloads are not those of the contract. */
  readonly standIns?: boolean;
};

/** Only what never comes takes all of it. */
const PATIENCE_MS = 60_000;

holdToPublished();
holdSecrets();

/** What a refused handshake says. */
export interface ConnectError extends Error {
  data?: { code: string; message: string };
}

export class Client {
  /** Every event heard since the connection, oldest first. */
  readonly heard: Heard[] = [];
  private waiters: { match: (h: Heard) => boolean; resolve: (payload: any) => void }[] = [];
  private taken = 0;

  private constructor(
    readonly socket: Socket,
    private readonly namespace: Namespace,
    private readonly standIns: boolean,
    private readonly token: string | undefined,
  ) {
    socket.onAny((event: string, payload: unknown) => {
      watch(token, event, payload);
      if (!standIns) noteDeviation(published().event(namespace, event, payload));
      const heard = { event, payload };
      this.heard.push(heard);
      const waiter = this.waiters.find((w) => w.match(heard));
      if (!waiter) return;
      this.waiters = this.waiters.filter((w) => w !== waiter);
      waiter.resolve(payload);
    });
  }

  /** @throws ConnectError when the handshake is refused */
  static connect(url: string, token: string | undefined, options: Options = {}): Promise<Client> {
    const { namespace = "/chat", auth, standIns = false, ...rest } = options;
    // Whose path is not the root is a tenant's.
    const { origin, pathname } = new URL(url);
    const socket = io(origin + namespace, {
      path: `${pathname.replace(/\/$/, "")}/socket.io`,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      auth: { ...(token === undefined ? {} : { token }), ...auth },
      ...rest,
    });
    const client = new Client(socket, namespace, standIns, token);
    return new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(client));
      socket.once("connect_error", (error) => (socket.close(), reject(error)));
    });
  }

  /** Sends an event and answers its ack, whatever it says. */
  async send<T = any>(event: string, ...args: unknown[]): Promise<Ack<T>> {
    const ack = (await this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...args)) as Ack<T>;
    watch(this.token, `${event} (ack)`, ack);
    if (!this.standIns) noteDeviation(published().ack(this.namespace, event, ack));
    return ack;
  }

  /** The data of an ack that must be ok. */
  async ok<T = any>(event: string, payload: object = {}): Promise<T> {
    const ack = await this.send<T>(event, payload);
    if (!ack.ok)
      throw new Error(`${event}: ${ack.error.code} ${ack.error.message} ${JSON.stringify(ack.error.details)}`);
    return ack.data;
  }

  /** The payloads of all events of this name until now. */
  all<T = any>(event: string): T[] {
    return this.heard.filter((h) => h.event === event).map((h) => h.payload as T);
  }

  /** The next event of this name, from the past or the future, that no call has answered yet and that matches. */
  next<T = any>(event: string, match: (payload: T) => boolean = () => true): Promise<T> {
    const fits = (h: Heard): boolean => h.event === event && match(h.payload as T);
    const at = this.heard.findIndex((h, i) => i >= this.taken && fits(h));
    if (at >= 0) {
      this.taken = at + 1;
      return Promise.resolve(this.heard[at]?.payload as T);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${event} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
      this.waiters.push({
        match: fits,
        resolve: (payload) => {
          clearTimeout(timer);
          this.taken = this.heard.length;
          resolve(payload as T);
        },
      });
    });
  }

  /** Settles when everything that the server sent before now has arrived: the ack comes after it. */
  async settled(): Promise<void> {
    await this.send("presence:get", { userIds: [] });
  }

  disconnected(): Promise<string> {
    if (!this.socket.connected) return Promise.resolve("already");
    return new Promise((resolve) => this.socket.once("disconnect", resolve));
  }

  close(): void {
    this.socket.close();
  }
}

/** A user of the REST API, with the tokens of one session. */
export interface Account {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** One REST request; `body` goes as JSON, `token` as bearer. */
export async function request(
  url: string,
  method: string,
  path: string,
  { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status, headers: answered } = response;
  const type = answered.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    await response.body?.cancel(); // it has no end
    return { status, headers: answered, body: undefined };
  }
  const text = await response.text();
  watch(token, `${method} ${path}`, text, path);
  const isRead = text && !type.startsWith("application/jsonl");
  return { status, headers: answered, body: isRead ? JSON.parse(text) : undefined };
}

const accountOf = ({ body }: Answer, password: string): Account => {
  if (!body.ok) throw new Error(`no account: ${JSON.stringify(body.error)}`);
  const { user, accessToken, refreshToken } = body.data;
  const { username, email } = user;
  return { id: user.user_id ?? user.id, username, email, password, token: accessToken, refreshToken };
};

let accounts = 0;

/** A new account, signed in. */
export async function register(url: string, username = `user ${++accounts}`): Promise<Account> {
  const password = "correct horse battery";
  const email = `u${process.pid}-${Date.now()}-${++accounts}@example.com`;
  return accountOf(await request(url, "POST", "/auth/register", { body: { username, email, password } }), password);
}

/** The same account on another device. */
export async function login(url: string, { email, password }: Account): Promise<Account> {
  return accountOf(await request(url, "POST", "/auth/login", { body: { email, password } }), password);
}
