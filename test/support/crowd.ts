/** Hundreds of sockets at one gateway, in busy groups; when it dies each comes back elsewhere and calls `sync`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Ack, RawSocket } from "../../bench/raw-socket";
import { type Account, register } from "./client";
import { eventually } from "./eventually";

const DEVICES = 4;
const GROUP = 25;
/** Messages a second in each group. */
const RATE = 2;
/** The stock client's first reconnect: after 500 to 1,500 ms. */
const jitter = (): number => 500 + Math.random() * 1_000;

interface Plan {
  readonly sockets: number;
  readonly at: string;
  readonly elsewhere: string;
}
interface Page {
  changes: { type: string; message?: { seq: number } }[];
  next: Record<string, number> | null;
}
const portOf = (url: string): number => Number(new URL(url).port);
const must = <T>({ ok, data, error }: Ack): T => {
  if (!ok) throw new Error(`${error?.code}: ${error?.message}`);
  return data as T;
};

/** A few at a time; a busy machine may be late to answer. */
const some = (url: string): Promise<Account[]> =>
  Promise.all(Array.from({ length: 5 }, () => register(url).catch(() => register(url))));

/** One device: what it has, and when it was last back. */
class Device {
  connected = false;
  /** When it had everything again after its gateway died. */
  caughtUpAt: number | undefined;
  doubled = 0;
  private readonly had = new Set<number>();
  private socket: RawSocket | undefined;
  private left = false;

  constructor(
    private readonly account: Account,
    private readonly group: string,
    private readonly elsewhere: string,
  ) {}

  async open(url: string): Promise<void> {
    this.socket = await RawSocket.open(portOf(url), { token: this.account.token });
    this.connected = true;
    const seen = new Set<number>();
    this.socket.onEvent = (data, start, end) => this.heard(data.toString("utf8", start, end), seen);
    this.socket.onClose = () => {
      this.connected = false;
      if (!this.left) void this.comeBack();
    };
  }

  close(): void {
    this.left = true;
    this.socket?.close();
  }

  hasAllUpTo(top: number): boolean {
    for (let seq = 1; seq <= top; seq++) if (!this.had.has(seq)) return false;
    return true;
  }

  private heard(packet: string, seen: Set<number>): void {
    const [event, message] = JSON.parse(packet) as [string, { conversation_id: string; seq: number }];
    if (event !== "message:created") return;
    if (seen.has(message.seq)) this.doubled++;
    seen.add(message.seq);
    this.had.add(message.seq);
  }

  private async comeBack(): Promise<void> {
    while (!this.connected && !this.left) {
      await sleep(jitter());
      await this.open(this.elsewhere).catch(() => undefined);
    }
    while (this.caughtUpAt === undefined && !this.left) await this.catchUp().catch(() => sleep(jitter())); // asked again until it is told
  }

  private async catchUp(): Promise<void> {
    let top = 0;
    while (this.had.has(top + 1)) top++;
    for (let cursors: Record<string, number> | null = { [this.group]: top }; cursors;) {
      const page: Page = must<Page>(await (this.socket as RawSocket).ask("sync", { cursors }));
      for (const { message } of page.changes) if (message) this.had.add(message.seq);
      cursors = page.next;
    }
    this.caughtUpAt = performance.now();
  }
}

export class Crowd {
  private readonly devices: Device[] = [];
  private readonly tops: number[] = [];
  private readonly senders: RawSocket[] = [];
  private timer: NodeJS.Timeout | undefined;

  static async gather({ sockets, at, elsewhere }: Plan): Promise<Crowd> {
    const crowd = new Crowd();
    for (let first = 0; first < sockets; first += GROUP * DEVICES) await crowd.group(at, elsewhere);
    crowd.timer = setInterval(() => crowd.send(), 1_000 / RATE);
    await eventually(() => expect(Math.min(...crowd.tops)).toBeGreaterThan(3), 30_000);
    return crowd;
  }

  /** When so large a share of the sockets was connected again. */
  async back(share: number): Promise<number> {
    const enough = (): boolean => this.devices.filter((d) => d.connected).length >= share * this.devices.length;
    await eventually(() => expect(enough()).toBe(true), 60_000);
    return performance.now();
  }

  /** When the last of them had everything. */
  async caughtUp(): Promise<number> {
    const behind = (): number => this.devices.filter((d) => d.caughtUpAt === undefined).length;
    await eventually(() => expect(behind()).toBe(0), 120_000);
    clearInterval(this.timer);
    const all = (): boolean =>
      this.devices.every((d, i) => d.hasAllUpTo(this.tops[Math.floor(i / (GROUP * DEVICES))] ?? 0));
    await eventually(() => expect(all()).toBe(true), 10_000); // the last messages on their way
    return Math.max(...this.devices.map((d) => d.caughtUpAt ?? Infinity));
  }

  get doubled(): number {
    return this.devices.reduce((sum, d) => sum + d.doubled, 0);
  }

  leave(): void {
    clearInterval(this.timer);
    for (const socket of [...this.devices, ...this.senders]) socket.close();
  }

  /** The first of them sends, from the gateway that lives on. */
  private async group(at: string, elsewhere: string): Promise<void> {
    const people: Account[] = [];
    while (people.length < GROUP) people.push(...(await some(elsewhere)));
    const [sender] = people;
    if (!sender) return;
    const socket = await RawSocket.open(portOf(elsewhere), { token: sender.token });
    const participantIds = people.map(({ id }) => id);
    const group = must<{ _id: string }>(
      await socket.ask("conversation:create", { participantIds, type: "group", name: "crowd" }),
    )._id;
    const devices = people.flatMap((person) =>
      Array.from({ length: DEVICES }, () => new Device(person, group, elsewhere)),
    );
    await Promise.all(devices.map((device) => device.open(at)));
    this.devices.push(...devices);
    const index = this.tops.push(0) - 1;
    this.senders.push(socket);
    this.sends.push(() =>
      socket.ask("message:send", { conversationId: group, content: "to all" }).then((ack) => {
        if (ack.ok) this.tops[index] = (ack.data as { seq: number }).seq;
      }),
    );
  }

  private readonly sends: (() => Promise<void>)[] = [];
  private send(): void {
    for (const send of this.sends) void send();
  }
}
