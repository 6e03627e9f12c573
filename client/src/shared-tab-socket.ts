/** A socket as the rest of a client sees it, held by the worker; or really this tab's own, once there is no worker. */
import { type WorkerLink } from "./shared-worker-link";
import { type ToTab } from "./shared-protocol";
import { type Auth, type Namespace, type SocketLike } from "./sockets";

/** So many events are told to be taken in at once. */
const TOLD = 50;

export interface Target {
  readonly url: string;
  readonly namespace: Namespace;
  readonly auth: Auth;
}

export class TabSocket implements SocketLike {
  private own: SocketLike | undefined;
  private line: ReturnType<WorkerLink["open"]> | undefined;
  private up = false;
  private attempt = 0;
  private taken = 0;
  private readonly ups: (() => void)[] = [];
  private readonly downs: ((why: string) => void)[] = [];
  private readonly events: ((event: string, payload: unknown) => void)[] = [];
  private readonly refusals: ((data: unknown, message: string) => void)[] = [];

  constructor(
    private readonly link: WorkerLink,
    private readonly target: Target,
    private readonly openOwn: () => SocketLike,
  ) {}

  get connected(): boolean {
    return this.own ? this.own.connected : this.up;
  }

  connect(): void {
    if (this.own) return void this.own.connect();
    if (this.line) return;
    const attempt = ++this.attempt;
    void this.link.ready.then(() => {
      if (attempt !== this.attempt || this.line) return;
      if (this.link.lost) this.alone().connect();
      else this.join();
    });
  }

  disconnect(): void {
    this.attempt++;
    if (this.own) return void this.own.disconnect();
    if (this.line) this.link.say({ is: "leave", line: this.line.line });
    const { up } = this;
    this.close();
    if (up) this.downs.forEach((run) => run("io client disconnect"));
  }

  ask(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    if (this.own) return this.own.ask(event, payload, timeoutMs);
    if (!this.line) return Promise.reject(new Error("There is no connection."));
    return this.link.ask(this.line.line, event, payload, timeoutMs);
  }

  onEvent(run: (event: string, payload: unknown) => void): void {
    this.events.push(run);
  }
  onUp(run: () => void): void {
    this.ups.push(run);
  }
  onDown(run: (why: string) => void): void {
    this.downs.push(run);
  }
  onRefused(run: (data: unknown, message: string) => void): void {
    this.refusals.push(run);
  }

  private join(): void {
    const { url, namespace, auth } = this.target;
    const opened = this.link.open(
      (told) => this.heard(told),
      () => this.ended("The worker is gone."),
    );
    this.line = opened;
    this.taken = 0;
    this.link.say({ is: "join", line: opened.line, url, namespace, auth: auth() });
  }

  private heard(told: ToTab): void {
    if (told.is === "event") {
      if (++this.taken % TOLD === 0 && this.line) this.link.say({ is: "taken", line: this.line.line, count: TOLD });
      this.events.forEach((run) => run(told.event, told.payload));
    } else if (told.is === "up") {
      this.up = true;
      this.ups.forEach((run) => run());
    } else if (told.is === "down") this.ended(told.why);
    else if (told.is === "refused") this.ended(told.message, told.data);
  }

  /** One that was up is down, one that was not is refused. */
  private ended(why: string, data?: unknown): void {
    const { up } = this;
    this.close();
    if (up) this.downs.forEach((run) => run(why));
    else this.refusals.forEach((run) => run(data, why));
  }

  private close(): void {
    this.line?.close();
    this.line = undefined;
    this.up = false;
  }

  private alone(): SocketLike {
    const own = this.openOwn();
    this.own = own;
    for (const run of this.ups) own.onUp(run);
    for (const run of this.downs) own.onDown(run);
    for (const run of this.events) own.onEvent(run);
    for (const run of this.refusals) own.onRefused(run);
    return own;
  }
}
