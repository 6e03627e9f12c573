/** Closed loop and fixed rate: senders, receivers, and what they saw. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Parts, type Served } from "./process";
import { RawSocket } from "./raw-socket";
import { quantile } from "./stats";
import { type Person } from "./systems";
import { type Faults, Tally } from "./tally";

export interface Shape {
  readonly name: string;
  readonly members: number;
  readonly rooms: number;
  /** Messages in flight per sender. */
  readonly window: number;
  /** Messages a second over all rooms; as many as the window allows where left out. */
  readonly rate?: number;
}

/** A conversation and the last seq it reached, kept from one run to the next. */
export interface Room {
  readonly id: string;
  readonly members: readonly Person[];
  reached: number;
}

export interface Outcome extends Faults {
  /** Deliveries and acks a second within the measured time. */
  deliveries: number;
  acked: number;
  /** Server CPU in microseconds per delivery, what it does after the load included. */
  cpu: number;
  /** Of that, the share of the one process whose event loop had most to do: its event loop's, and all its threads'. */
  busiest: { readonly main: number; readonly all: number };
  /** How much of that came after the last delivery, in percent. */
  after: number;
  /** Share of one core that this process used: near 1 it is the limit, not the server. */
  generator: number;
  p50: number;
  p99: number;
  refused: number;
}

const CONTENT = "The quick brown fox jumps over the lazy dog; then it rests in the shade of an old oak tree. ";
const SEQ = Buffer.from('"seq":');
const OK = Buffer.from('{"ok":true');

/** `["message:created",...`: told from other events by two letters, for this runs once per delivery. */
const isCreated = (data: Buffer, start: number): boolean => data[start + 2] === 0x6d && data[start + 10] === 0x63;

function seqIn(data: Buffer, start: number): number {
  let at = data.indexOf(SEQ, start) + SEQ.length;
  let seq = 0;
  for (let c = data[at]; c !== undefined && c >= 48 && c <= 57; c = data[++at]) seq = seq * 10 + c - 48;
  return seq;
}

class LiveRoom {
  readonly tallies: Tally[] = [];
  private readonly sockets: RawSocket[] = [];
  private inFlight = 0;
  latencies: number[] = [];
  acked = 0;
  refused = 0;
  running = false;

  constructor(
    readonly room: Room,
    private readonly window: number,
  ) {}

  async open(port: number): Promise<void> {
    for (const { token } of this.room.members) {
      const socket = await RawSocket.open(port, { token });
      const ack = await socket.ask("conversation:join", { conversationId: this.room.id });
      if (!ack.ok) throw new Error(`conversation:join answered ${JSON.stringify(ack.error)}`);
      const tally = new Tally(this.room.reached);
      socket.onEvent = (data, start) => {
        if (isCreated(data, start)) tally.note(seqIn(data, start));
      };
      this.sockets.push(socket);
      this.tallies.push(tally);
    }
  }

  fill(): void {
    while (this.running && this.inFlight < this.window) this.send(true);
  }

  send(again: boolean): void {
    const sender = this.sockets[0];
    if (!sender) return;
    const sentAt = performance.now();
    this.inFlight++;
    sender.emit("message:send", `{"conversationId":"${this.room.id}","content":"${CONTENT}"}`, (data, start) => {
      this.inFlight--;
      this.latencies.push(performance.now() - sentAt);
      if (data.indexOf(OK, start) === start + 1) this.accepted(seqIn(data, start));
      else this.refused++;
      if (again) this.fill();
    });
  }

  private accepted(seq: number): void {
    this.acked++;
    this.room.reached = Math.max(this.room.reached, seq);
  }

  get drained(): boolean {
    return this.inFlight === 0 && this.tallies.every((tally) => tally.reached >= this.room.reached);
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const received = (rooms: readonly LiveRoom[]): number => sum(rooms.flatMap((r) => r.tallies.map((t) => t.received)));

/** Starts all senders; the returned function stops them. */
function drive(rooms: readonly LiveRoom[], rate: number | undefined): () => void {
  for (const room of rooms) room.running = true;
  const stop = (): void => rooms.forEach((room) => (room.running = false));
  if (rate === undefined) {
    for (const room of rooms) room.fill();
    return stop;
  }
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) * rate) / 1000; sent < due; sent++)
      rooms[sent % rooms.length]?.send(false);
  }, 1);
  return () => {
    clearInterval(timer);
    stop();
  };
}

async function drain(rooms: readonly LiveRoom[]): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until && !rooms.every((r) => r.drained);) await sleep(20);
}

function busiestOf(before: Parts, after: Parts, deliveries: number): Outcome["busiest"] {
  const each = [...after].map(([pid, { main, all }]) => {
    const was = before.get(pid) ?? { main: 0, all: 0 };
    return { main: ((main - was.main) / deliveries) * 1e6, all: ((all - was.all) / deliveries) * 1e6 };
  });
  return each.reduce((most, one) => (one.main > most.main ? one : most));
}

/** One system, one scenario, once: warm up, measure, drain, count. */
export async function run(server: Served, shape: Shape, rooms: readonly Room[], ms: number): Promise<Outcome> {
  const live = rooms.map((room) => new LiveRoom(room, shape.window));
  for (const room of live) await room.open(server.port);
  const stop = drive(live, shape.rate);
  await sleep(Math.min(1000, ms / 2));
  for (const room of live) room.latencies = [];
  const before = {
    cpu: server.cpu(),
    parts: server.parts(),
    own: process.cpuUsage(),
    at: performance.now(),
    ...counts(live),
  };
  await sleep(ms);
  const own = process.cpuUsage(before.own);
  const seconds = (performance.now() - before.at) / 1000;
  const after = counts(live);
  const latencies = live.flatMap((room) => room.latencies);
  stop();
  await drain(live);
  const faults = live.flatMap((r) => r.tallies.map((t) => t.faults(r.room.reached)));
  const loaded = server.cpu() - before.cpu;
  await server.quiet();
  const served = received(live) - before.received;
  const cpu = server.cpu() - before.cpu;
  const busiest = busiestOf(before.parts, server.parts(), served);
  for (const room of live) room.close();
  return {
    deliveries: (after.received - before.received) / seconds,
    acked: (after.acked - before.acked) / seconds,
    cpu: (cpu / served) * 1e6,
    busiest,
    after: ((cpu - loaded) / cpu) * 100,
    generator: (own.user + own.system) / 1e6 / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    refused: sum(live.map((r) => r.refused)),
    lost: sum(faults.map((f) => f.lost)),
    doubled: sum(faults.map((f) => f.doubled)),
    reordered: sum(faults.map((f) => f.reordered)),
  };
}

const counts = (rooms: readonly LiveRoom[]): { received: number; acked: number } => ({
  received: received(rooms),
  acked: sum(rooms.map((r) => r.acked)),
});
