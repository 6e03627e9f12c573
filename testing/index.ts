/** `moleculer-chat/testing`: the whole backend inside a test, on a port of its own, with nothing left behind. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv } from "../contracts/env";
import { type Chat, createChat, createSession, type Session } from "../client/src";
import { type Clock } from "../client/src/clock";
import { Alarms } from "./alarms";
import { Backend } from "./backend";

export interface TestChatOptions {
  /** What time the backend and its clients begin at; the machine's where left out. */
  readonly clock?: Date;
  /** Variables of the backend, over those of tests; see `.env.example`. */
  readonly env?: Readonly<Record<string, string>>;
}

const PASSWORD = "correct horse battery";
const defaults = {
  NODE_ENV: "test",
  PORT: "0",
  LOG_LEVEL: "fatal",
  LOG_FORMAT: "json",
  PASSWORD_COST: "4",
  RATE_LIMIT: "1000000",
  AUTH_RATE_LIMIT: "1000000",
  EVENT_RATE_LIMIT: "100000",
};

interface User {
  readonly session: Session;
  readonly chat: Chat;
  readonly id: number;
}

export class TestChat {
  private readonly users = new Map<string, Promise<User>>();
  private storeDelay = 0;
  private restarting: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;
  private tellEnd!: (stopped: Promise<void>) => void;
  /** Settles once it was stopped. */
  readonly ended = new Promise<void>((resolve) => (this.tellEnd = resolve));

  private constructor(
    /** Where the backend is; stays the same over restarts. */
    readonly url: string,
    private readonly env: Readonly<Record<string, string>>,
    /** A temporary folder, gone after `stop`; `data/mail` holds the mails that were sent. */
    readonly dir: string,
    private backend: Backend,
    private readonly time: Alarms,
  ) {
    process.once("exit", this.forget);
  }

  /** @throws EnvError */
  static async start({ env = {}, clock }: TestChatOptions = {}): Promise<TestChat> {
    readEnv({ ...defaults, ...env }); // here, so that nothing is made where it is refused
    const time = new Alarms(clock ? clock.getTime() - Date.now() : 0);
    if (Number.isNaN(time.shift)) throw new Error("the clock is no date");
    const dir = mkdtempSync(join(tmpdir(), "chat-"));
    const vars = { ...defaults, DATA_DIR: join(dir, "data"), ...env };
    try {
      const { backend, port } = await Backend.start({ env: vars, tmpDir: dir, shift: time.shift });
      return new TestChat(`http://127.0.0.1:${port}`, { ...vars, PORT: `${port}` }, dir, backend, time);
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The connected client of the user of this name, who is made at the first call. @throws AnyChatError */
  async user(name: string): Promise<Chat> {
    return (await this.known(name)).chat;
  }

  /** An access token of this user, for clients of other kinds. @throws AnyChatError */
  async token(name: string): Promise<string> {
    const { session } = await this.known(name);
    return session.token({ refused: false });
  }

  /** Cuts all connections of this user, as a network does; clients come back by themselves. */
  async cut(name: string): Promise<void> {
    const user = this.users.get(name);
    if (!user) throw new Error(`no user "${name}" was made`);
    await this.backend.tell({ do: "cut", userId: (await user).id });
  }

  /** The time of the backend and its clients. */
  now(): Date {
    return new Date(this.time.now());
  }

  /**
   * Lets so many milliseconds pass at once, as for machines that slept: what fell due is done in order, what repeats is
   * done once. Settles when it was begun, at the backend and then at the clients.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) throw new Error(`${ms} ms can't pass`);
    await this.backend.tell({ do: "leap", ms });
    await this.time.leap(ms);
  }

  /** From now on every call of the stores takes so many milliseconds longer; 0 ends it. */
  async slow(what: "store", ms: number): Promise<void> {
    if (!(ms >= 0)) throw new Error(`${what} can't be ${ms} ms slower`);
    this.storeDelay = ms;
    await this.backend.tell({ do: "slow", ms });
  }

  /**
   * Stops the backend and starts it again with what it stored, at the same place. `crash`: ends it as `kill -9` does.
   * Settles when it answers again; clients come back by themselves.
   */
  async restart({ crash = false } = {}): Promise<void> {
    if (this.stopped) throw new Error("it was stopped");
    const before = this.restarting?.catch(() => undefined);
    await (this.restarting = (before ?? Promise.resolve()).then(() => this.replace(crash)));
  }

  private async replace(crash: boolean): Promise<void> {
    await (crash ? this.backend.kill() : this.backend.stop());
    ({ backend: this.backend } = await Backend.start({ env: this.env, tmpDir: this.dir, shift: this.time.shift }));
    if (this.storeDelay > 0) await this.backend.tell({ do: "slow", ms: this.storeDelay });
  }

  /** Closes the clients and the backend, and removes what it stored. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    this.tellEnd(this.stopped);
    return this.stopped;
  }

  private async end(): Promise<void> {
    for (const user of await Promise.allSettled(this.users.values()))
      if (user.status === "fulfilled") await user.value.chat.close();
    try {
      await this.restarting?.catch(() => undefined);
      await this.backend.stop();
    } finally {
      process.off("exit", this.forget);
      this.forget();
    }
  }

  private readonly clientClock: Clock = {
    now: () => this.time.now(),
    after: (ms, run) => {
      const alarm = this.time.after(ms, run);
      return () => alarm.cancel();
    },
    random: Math.random,
  };

  private readonly forget = (): void => {
    this.backend.killNow();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  };

  private known(name: string): Promise<User> {
    let user = this.users.get(name);
    if (!user) {
      user = this.make(name, this.users.size + 1);
      this.users.set(name, user);
      user.catch(() => this.users.delete(name)); // a name that was refused can be asked for again
    }
    return user;
  }

  private async make(username: string, nth: number): Promise<User> {
    const session = createSession({ url: this.url });
    const { user_id: id } = await session.signUp({ username, email: `user${nth}@example.com`, password: PASSWORD });
    const chat = createChat({ url: this.url, token: session.token, clock: this.clientClock });
    await chat.connect();
    return { session, chat, id };
  }
}

/** Starts the whole backend, in a process that ends with this one. */
export const startChat = (options?: TestChatOptions): Promise<TestChat> => TestChat.start(options);
