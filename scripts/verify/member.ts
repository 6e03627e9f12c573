/** One account with one socket: sends until it is acknowledged, writes down what it receives, catches up by sync. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import { type Ledger } from "./ledger";

interface Tokens {
  readonly user: { readonly user_id: number };
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}
interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: { readonly retryAfterMs?: number };
}
type Ack<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: WireError };
interface Message {
  readonly conversation_id: string;
  readonly seq: number;
  readonly clientId?: string;
}
interface SyncPage {
  readonly changes: readonly { readonly type: string; readonly message?: Message }[];
  readonly next: Record<string, number> | null;
}

/** Longer than the server takes to say UNAVAILABLE: who asks again sooner adds to the load that made it late. */
const ACK_MS = 15_000;
/** Hashing a password takes its time on a busy machine. */
const REST_MS = 30_000;
const RETRY_MS = 100;
/** What tells of trouble on the way; everything else is an answer. */
const TRANSIENT = new Set(["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT"]);

export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterMs = RETRY_MS,
  ) {
    super(`${code}: ${message}`);
  }
}

async function post<T>(url: string, path: string, body: object): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REST_MS),
  });
  const answer = (await response.json()) as Ack<T>;
  if (!answer.ok) throw new Refused(answer.error.code, answer.error.message, answer.error.details?.retryAfterMs);
  return answer.data;
}

export class Member {
  /** Counts this member's connections, from 1. */
  connection = 0;
  /** Longest time without a connection so far. */
  longestAwayMs = 0;
  private readonly conversations: string[] = [];
  private readonly highest = new Map<string, number>();
  private syncing = false;
  private behind = false;
  private closed = false;
  private awaySince: number | undefined;
  private socket: Socket;
  private renewal: NodeJS.Timeout | undefined;

  private constructor(
    readonly name: string,
    private readonly urls: readonly string[],
    private at: number,
    private tokens: Tokens,
    private readonly ledger: Ledger,
  ) {
    this.socket = this.open();
    this.renewIn((tokens.expiresIn * 1000) / 2);
  }

  get userId(): number {
    return this.tokens.user.user_id;
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  /** Registers a new account; its password is forgotten with it. */
  static async register(name: string, urls: readonly string[], at: number, ledger: Ledger): Promise<Member> {
    for (let attempt = 1; ; attempt++) {
      const account = { username: name, email: `${name}-${randomUUID()}@verify.invalid`, password: randomUUID() };
      try {
        const tokens = await post<Tokens>(urls[at % urls.length] ?? "", "/auth/register", account);
        const member = new Member(name, urls, at, tokens, ledger);
        await member.whenConnected();
        return member;
      } catch (error) {
        if (!(error instanceof Refused) || !TRANSIENT.has(error.code) || attempt >= 10) throw error;
        await sleep(Math.max(1_000, error.retryAfterMs));
      }
    }
  }

  knows(conversation: string): void {
    this.conversations.push(conversation);
  }

  /** One event and the `data` of its ack. @throws Refused */
  async ask<T>(event: string, payload: object): Promise<T> {
    const answer = await (this.socket.timeout(ACK_MS).emitWithAck(event, payload) as Promise<Ack<T>>).catch(() => {
      throw new Refused("TIMEOUT", `no ack of ${event}`);
    });
    if (!answer.ok) throw new Refused(answer.error.code, answer.error.message, answer.error.details?.retryAfterMs);
    return answer.data;
  }

  /** `ask`, again and again while the trouble is on the way. */
  async insist<T>(event: string, payload: object, deadline: number, before: () => void = () => {}): Promise<T> {
    for (;;) {
      await this.whenConnected();
      before();
      try {
        return await this.ask<T>(event, payload);
      } catch (error) {
        const { code, retryAfterMs } = error as Refused;
        if (!TRANSIENT.has(code) || Date.now() > deadline) throw error;
        await sleep(retryAfterMs);
      }
    }
  }

  /** Sends one message until it is acknowledged. */
  async send(conversation: string, deadline: number): Promise<void> {
    const clientId = randomUUID();
    const noted = (): void =>
      this.ledger.attempted(conversation, clientId, this.name, this.connection, performance.now());
    const payload = { conversationId: conversation, content: `from ${this.name}`, clientId };
    const { seq } = await this.insist<Message>("message:send", payload, deadline, noted);
    this.ledger.acked(clientId, seq, performance.now());
  }

  /** The whole history, oldest first. */
  async history(conversation: string, deadline: number): Promise<Message[]> {
    const all: Message[] = [];
    for (;;) {
      const after = all.at(-1)?.seq ?? 0;
      const query = { conversationId: conversation, limit: 100, after };
      const page = await this.insist<Message[]>("message:list", query, deadline);
      all.push(...page.sort((a, b) => a.seq - b.seq));
      if (page.length < 100) return all;
    }
  }

  async whenConnected(): Promise<void> {
    while (!this.socket.connected) {
      if (this.closed) throw new Refused("CLOSED", "the run is over");
      await sleep(50);
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.renewal);
    this.socket.disconnect();
  }

  private open(): Socket {
    const url = new URL("/chat", this.urls[this.at % this.urls.length]);
    const socket = io(url.href, {
      forceNew: true,
      transports: ["websocket"],
      reconnectionDelay: 200,
      reconnectionDelayMax: 1_000,
      auth: (give) => give({ token: this.tokens.accessToken }),
    });
    socket.on("connect", () => this.connectedAgain());
    socket.on("disconnect", () => {
      this.awaySince ??= performance.now();
      if (!socket.active) this.elsewhere(); // cut by the server: the client itself would leave it at that
    });
    socket.on("connect_error", () => this.elsewhere());
    socket.on("message:created", (message: Message) => this.received(message));
    return socket;
  }

  /** The next address, where there are several; the client itself tries the same one again. */
  private elsewhere(): void {
    if (this.closed || (this.urls.length === 1 && this.socket.active)) return;
    this.at++;
    this.socket.removeAllListeners();
    this.socket.disconnect();
    setTimeout(() => {
      if (!this.closed) this.socket = this.open();
    }, RETRY_MS);
  }

  /** A number left out is what sync is for. */
  private received({ conversation_id: id, seq, clientId }: Message): void {
    const gap = seq > (this.highest.get(id) ?? 0) + 1;
    this.highest.set(id, Math.max(seq, this.highest.get(id) ?? 0));
    this.ledger.got(this.name, this.connection, id, seq, clientId);
    if (gap) void this.catchUp();
  }

  private connectedAgain(): void {
    this.connection++;
    if (this.awaySince !== undefined) {
      this.longestAwayMs = Math.max(this.longestAwayMs, performance.now() - this.awaySince);
      this.awaySince = undefined;
    }
    if (this.connection > 1) void this.catchUp();
  }

  /** One sync at a time, and a longer pause after each failure: a server that is behind is not helped by more of them. */
  private async catchUp(): Promise<void> {
    this.behind = true;
    if (this.syncing) return;
    this.syncing = true;
    for (let pause = RETRY_MS; this.behind && !this.closed;) {
      this.behind = false;
      try {
        await this.whenConnected();
        await this.sync();
        pause = RETRY_MS;
      } catch {
        this.behind = true;
        await sleep((pause = Math.min(pause * 2, 5_000)));
      }
    }
    this.syncing = false;
  }

  private async sync(): Promise<void> {
    const positions = this.conversations.map((id) => [id, this.ledger.cursor(this.name, id)] as const);
    let next: Record<string, number> | null = Object.fromEntries(positions);
    while (next) {
      const page: SyncPage = await this.ask("sync", { cursors: next });
      for (const { message } of page.changes)
        if (message) this.ledger.caughtUp(this.name, message.conversation_id, message.seq);
      next = page.next;
    }
  }

  private async renew(): Promise<void> {
    const url = this.urls[this.at % this.urls.length] ?? "";
    try {
      const fresh = await post<Omit<Tokens, "user">>(url, "/auth/refresh", { refreshToken: this.tokens.refreshToken });
      this.tokens = { ...this.tokens, ...fresh };
      this.socket.emit("auth:renew", { token: this.tokens.accessToken });
      this.renewIn((fresh.expiresIn * 1000) / 2);
    } catch (error) {
      const refused = error instanceof Refused && !TRANSIENT.has(error.code);
      if (refused) console.error(`${this.name} could not renew its token: ${error.message}`);
      this.renewIn(1_000); // its node may be the one that was killed
    }
  }

  private renewIn(ms: number): void {
    if (!this.closed) this.renewal = setTimeout(() => void this.renew(), ms);
  }
}
