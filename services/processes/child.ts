/** One process of a group as its supervisor sees it: started, handed connections, told to stop, started again. */
import { type ChildProcess, fork } from "node:child_process";
import { type Socket } from "node:net";
import { type ToProcess, type ToSupervisor } from "../../platform/processes/channel";
import { type Group } from "../../platform/processes/group";

/** Who dies sooner than this after a start waits for twice as long as the last time. */
const STABLE_MS = 10_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

export interface ChildEvents {
  started(child: Child): void;
  /** A connection that belongs to another gateway. */
  elsewhere(index: number, head: string, socket: Socket): void;
  /** It was told by a signal to end. */
  signalled(child: Child): void;
  /** It is gone, with connections on their way that nobody has read of; it comes again unless it was told to stop. */
  gone(child: Child, unread: Socket[]): void;
}

export class Child {
  /** It takes connections. */
  ready = false;
  /** Clients' connections, as far as is known. */
  load = 0;
  private process: ChildProcess | undefined;
  private startedAt = 0;
  private wait = FIRST_WAIT_MS;
  private ending = false;
  private again: NodeJS.Timeout | undefined;
  /** Connections that have not left yet; nobody has read of them. */
  private readonly leaving = new Set<Socket>();
  private waiters: (() => void)[] = [];

  constructor(
    readonly group: Group,
    private readonly env: NodeJS.ProcessEnv,
    private readonly events: ChildEvents,
  ) {}

  /** Settles when it runs no more. */
  async ended(): Promise<void> {
    if (this.process) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  start(): void {
    this.startedAt = performance.now();
    const child = fork(require.resolve("./process"), [JSON.stringify(this.group)], { env: this.env });
    this.process = child;
    child.on("message", (message: ToSupervisor, socket) => this.heard(message, socket as Socket | undefined));
    child.once("exit", () => this.exited());
    child.once("error", () => this.exited());
  }

  /** Sends a connection there, with what was read of it. */
  take(socket: Socket, head?: string): void {
    socket.on("error", () => undefined);
    this.load++;
    if (head === undefined) this.leaving.add(socket);
    this.tell({ say: "connection", ...(head === undefined ? {} : { head }) }, socket);
  }

  /** All are there, and the port is open. */
  open(port: number): void {
    this.tell({ say: "open", port });
  }

  /** For good. */
  stop(): void {
    this.ending = true;
    this.ready = false;
    clearTimeout(this.again);
    this.tell({ say: "stop" });
  }

  /** In peace, and then it is started again. */
  restart(): void {
    this.ready = false;
    this.tell({ say: "stop" });
  }

  kill(): void {
    this.process?.kill("SIGKILL");
  }

  private tell(message: ToProcess, socket?: Socket): void {
    if (!this.process?.connected) return void (this.leaving.has(socket as Socket) || socket?.destroy());
    this.process.send(message, socket, {}, (error) => {
      if (!error) this.leaving.delete(socket as Socket);
    });
  }

  private heard(message: ToSupervisor, socket: Socket | undefined): void {
    if (message.say === "started") {
      this.ready = !this.ending;
      this.events.started(this);
    } else if (message.say === "holds") this.load = message.connections;
    else if (message.say === "signalled") this.events.signalled(this);
    else if (socket) this.events.elsewhere(message.index, message.head, socket);
  }

  private exited(): void {
    if (!this.process) return;
    this.process = undefined;
    this.ready = false;
    this.load = 0;
    const unread = [...this.leaving];
    this.leaving.clear();
    for (const done of this.waiters.splice(0)) done();
    this.events.gone(this, unread);
    if (this.ending) return;
    this.wait =
      performance.now() - this.startedAt > STABLE_MS ? FIRST_WAIT_MS : Math.min(this.wait * 2, LONGEST_WAIT_MS);
    this.again = setTimeout(() => this.start(), this.wait);
  }
}
