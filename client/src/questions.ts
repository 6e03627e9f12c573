/** Asks questions over the sockets: waits for a connection, asks again what may be asked again, and keeps to limits. */
import { backOff, type Clock, sleep } from "./clock";
import { type AnyChatError, fromWire, isAuthError, toChatError, unavailable } from "./error";
import { type ClientEvents, repeatable } from "./protocol";
import { type Namespace, type SocketLike } from "./sockets";

type Events<N extends Namespace> = ClientEvents[N];
/** What an event takes. */
export type ParamsOf<N extends Namespace, E extends keyof Events<N>> = Events<N>[E] extends { params: infer P }
  ? P
  : never;
/** What the ack of an event answers. */
export type ResultOf<N extends Namespace, E extends keyof Events<N>> = Events<N>[E] extends { result: infer R }
  ? R
  : never;

/** How long an ack may take. */
const ANSWER_MS = 10_000;
/** One that is late: is anybody there? */
const LATE_MS = 3_000;
/** Twice that with waits between: then a question fails. */
const PATIENCE_MS = 20_000;
/** What the questions go over. */
export interface Line {
  /** Between `start` and `stop`. */
  readonly isWanted: boolean;
  /** Undefined while it is not connected. */
  upSocket(namespace: Namespace): SocketLike | undefined;
  /** Also connects this namespace. */
  use(namespace: Namespace): void;
  /** An answer is late. */
  late(): void;
  /** Gives the open sockets another token than the present one. Rejects where there is none. */
  renewNow(): Promise<void>;
}

export class Questions {
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly line: Line,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks and gives the ack's data. Waits for a connection; what may be repeated is asked again after an answer was
   * lost, and anything after a limit was hit.
   * @throws AnyChatError
   */
  async ask<N extends Namespace, E extends keyof Events<N> & string>(
    namespace: N,
    event: E,
    params: ParamsOf<N, E>,
    patience = PATIENCE_MS,
  ): Promise<ResultOf<N, E>> {
    const deadline = this.clock.now() + patience;
    for (let attempt = 0; ; attempt++) {
      await this.whenUp(namespace, deadline);
      try {
        return (await this.once(namespace, event, params)) as ResultOf<N, E>;
      } catch (thrown) {
        const error = toChatError(thrown);
        const again = repeatable.has(event) || "clientId" in (params as object);
        const pause = await this.pauseAfter(error, again, attempt);
        if (pause === undefined || this.clock.now() + pause > deadline) throw error;
        await sleep(this.clock, pause);
      }
    }
  }

  /** One attempt, now. */
  async once(namespace: Namespace, event: string, params: unknown): Promise<unknown> {
    const socket = this.line.upSocket(namespace);
    if (!socket) throw unavailable("There is no connection.");
    const inTime = this.clock.after(LATE_MS, () => this.line.late());
    let ack: unknown;
    try {
      ack = await socket.ask(event, params, ANSWER_MS);
    } catch {
      throw unavailable("The server did not answer in time.");
    } finally {
      inTime();
    }
    const { ok, data, error } = (ack ?? {}) as { ok?: unknown; data?: unknown; error?: unknown };
    if (ok === true) return data;
    throw fromWire(error);
  }

  private async pauseAfter(error: AnyChatError, again: boolean, attempt: number): Promise<number | undefined> {
    if (error.code === "RATE_LIMITED") return error.details?.retryAfterMs ?? 1000;
    if (isAuthError(error) && attempt === 0) {
      try {
        await this.line.renewNow();
      } catch {
        return undefined; // the first refusal says it better
      }
      return 0;
    }
    return error.code === "UNAVAILABLE" && again ? backOff(this.clock, attempt, 250) : undefined;
  }

  private async whenUp(namespace: Namespace, deadline: number): Promise<void> {
    this.line.use(namespace);
    while (!this.line.upSocket(namespace)) {
      const left = deadline - this.clock.now();
      if (!this.line.isWanted || left <= 0) throw unavailable("There is no connection.");
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.waiting.delete(go);
          stop();
          resolve();
        };
        const stop = this.clock.after(left, go);
        this.waiting.add(go);
      });
    }
  }

  /** Whoever waits for a connection looks again. */
  letGo(): void {
    for (const go of [...this.waiting]) go();
  }
}
