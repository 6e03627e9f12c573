/** A network that delays, loses, doubles and cuts, between clients and the model of a server. */
import { type Namespace, type OpenSockets, type SocketLike } from "../../../client/src/sockets";
import { type SimClock } from "./clock";
import { type SimServer } from "./server";

export interface Weather {
  /** Most milliseconds on the way. */
  delay: number;
  /** Of events, from 0 to 1: never arrives although the connection lives; comes twice. */
  loss: number;
  doubles: number;
}
/** One process: after its death nothing of it does anything. */
export interface Life {
  dead: boolean;
}

class Line implements SocketLike {
  connected = false;
  /** Nothing comes through any more, and nobody says so. */
  deaf = false;
  private epoch = 0;
  private readonly ups: (() => void)[] = [];
  private readonly downs: ((why: string) => void)[] = [];
  private readonly events: ((event: string, payload: unknown) => void)[] = [];
  private readonly refusals: ((data: unknown, message: string) => void)[] = [];
  private readonly heard: [string, unknown][] = [];
  private eventsUntil = 0;
  private askedUntil = 0;
  private failing = new Set<() => void>();

  constructor(
    private readonly net: SimNetwork,
    readonly userId: number,
    readonly life: Life,
  ) {}

  connect(): void {
    const { epoch } = this;
    this.net.later(this.net.delay(), () => {
      if (epoch !== this.epoch || this.connected || this.life.dead) return;
      if (this.net.hanging) return;
      if (!this.net.reachable) return this.refusals.forEach((run) => run(undefined, "unreachable"));
      this.connected = true;
      this.deaf = false;
      this.net.lines.add(this);
      this.ups.forEach((run) => run());
      // What was on its way when an earlier connection broke may come over this one.
      for (const [event, payload] of this.heard.slice(-3)) this.push(event, payload);
    });
  }

  disconnect(): void {
    this.cut("io client disconnect");
  }

  cut(why = "transport close"): void {
    this.epoch++;
    if (!this.connected) return;
    this.connected = false;
    this.net.lines.delete(this);
    for (const fail of [...this.failing]) fail();
    if (!this.life.dead) this.downs.forEach((run) => run(why));
  }

  ask(event: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const { epoch } = this;
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        this.failing.delete(fail);
        reject(new Error("no answer"));
      };
      this.failing.add(fail);
      this.net.later(timeoutMs, fail);
      // Questions of one socket arrive in order; their answers take a way of their own.
      this.askedUntil = Math.max(this.askedUntil, this.net.clock.now() + this.net.delay());
      this.net.later(this.askedUntil - this.net.clock.now(), () => {
        if (epoch !== this.epoch || !this.net.reachable || this.deaf || this.net.unanswered.has(event)) return;
        const ack = this.net.asked(this.userId, event, params);
        this.net.later(this.net.delay(), () => {
          if (epoch !== this.epoch || this.life.dead) return;
          this.failing.delete(fail);
          resolve(ack);
        });
      });
    });
  }

  /** Events arrive in order. */
  push(event: string, payload: unknown): void {
    const { epoch } = this;
    this.heard.push([event, payload]);
    if (this.deaf || this.net.chance(this.net.weather.loss)) return;
    const times = this.net.chance(this.net.weather.doubles) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.eventsUntil = Math.max(this.eventsUntil, this.net.clock.now() + this.net.delay());
      this.net.later(this.eventsUntil - this.net.clock.now(), () => {
        if (epoch === this.epoch && this.connected && !this.life.dead)
          this.events.forEach((run) => run(event, payload));
      });
    }
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
}

export class SimNetwork {
  readonly lines = new Set<Line>();
  reachable = true;
  /** True while connections are taken and nothing is said to them. */
  hanging = false;
  /** Events that come to nothing, while others are answered. */
  readonly unanswered = new Set<string>();
  /** Called at every question that reaches the server, before and after it is answered. */
  crossing: (what: string) => void = () => undefined;

  constructor(
    readonly clock: SimClock,
    readonly server: SimServer,
    readonly weather: Weather,
    private readonly random: () => number,
  ) {
    server.tell = (event, payload) => this.lines.forEach((line) => line.push(event, payload));
  }

  delay = (): number => this.random() * this.weather.delay;
  chance = (of: number): boolean => this.random() < of;
  later(ms: number, run: () => void): void {
    this.clock.after(ms, run);
  }

  asked(userId: number, event: string, params: unknown): unknown {
    this.crossing(`before ${event}`);
    let ack: unknown;
    try {
      ack = { ok: true, data: this.server.answer(userId, event, params) };
    } catch (error) {
      ack = { ok: false, error: (error as { wire?: unknown }).wire ?? { code: "INTERNAL", message: String(error) } };
    }
    this.crossing(`after ${event}`);
    return ack;
  }

  cut(userId: number): void {
    for (const line of [...this.lines]) if (line.userId === userId) line.cut();
  }

  /** As a connection dies whose end nobody hears of. */
  silence(): void {
    for (const line of this.lines) line.deaf = true;
  }

  cutAll(): void {
    for (const line of [...this.lines]) line.cut();
  }

  /** The sockets of one process. */
  sockets(userId: number, life: Life): OpenSockets {
    return () => (_namespace: Namespace) => new Line(this, userId, life);
  }

  /** REST of one process: who it is. */
  fetch(userId: number, life: Life): typeof fetch {
    return () =>
      new Promise((resolve, reject) =>
        this.later(this.delay(), () => {
          if (life.dead) return;
          if (!this.reachable) return reject(new Error("unreachable"));
          resolve(Response.json({ ok: true, data: { user_id: userId, username: `user ${userId}` } }));
        }),
      );
  }
}
