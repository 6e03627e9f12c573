/**
 * `PROCESSES=n npm start`: starts the processes of a group and the ones that die again, holds the port, and ends all of them in
 * the order that loses least. It holds nothing else, so that there is little in it that could fail.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Env } from "../../contracts/env";
import { indices } from "../../platform/processes/group";
import { Child, type ChildEvents } from "./child";
import { Port } from "./port";

/** Gateways have this long to answer what is under way, before the process behind them stops. */
const GATEWAYS_MS = 6_000;
/** Then whoever is still there is ended: an orchestrator grants ten seconds. */
const ALL_MS = 9_500;
/** A signal to all of them reaches one before the other. */
const TOGETHER_MS = 250;

export class Supervisor {
  private readonly children: readonly Child[];
  private readonly port: Port;
  private readonly dir = mkdtempSync(join(tmpdir(), "chat-")); // of mode 0700
  private stopping: Promise<void> | undefined;
  private opened: ((ready: boolean) => void) | undefined;
  private isOpen = false;

  constructor(
    private readonly env: Env,
    vars: NodeJS.ProcessEnv,
  ) {
    const name = env.NODE_ID ?? `${hostname()}-${process.pid}`;
    const group = { size: env.PROCESSES, dir: this.dir, name, startedAt: Date.now() };
    this.children = indices(group).map((index) => new Child({ ...group, index }, vars, this.events()));
    this.port = new Port(this.gateways);
    process.once("exit", () => rmSync(this.dir, { recursive: true, force: true }));
  }

  /**
   * Settles when all of it serves, and says so; false where a process can't start, which has said why; the rest end.
   * @throws what keeps the port from being listened on
   */
  async start(): Promise<boolean> {
    const ready = new Promise<boolean>((resolve) => (this.opened = resolve));
    for (const child of this.children) child.start();
    if (!(await ready)) {
      await this.stop();
      return false;
    }
    await this.port.listen(this.env.PORT, this.env.HOST);
    this.children[0]?.open((this.port.server.address() as AddressInfo).port);
    return true;
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private get gateways(): readonly Child[] {
    return this.children.slice(1);
  }

  private async end(): Promise<void> {
    this.opened?.(false);
    const late = setTimeout(() => this.children.forEach((child) => child.kill()), ALL_MS);
    this.port.close();
    for (const gateway of this.gateways) gateway.stop();
    const answered = Promise.all(this.gateways.map((gateway) => gateway.ended()));
    await Promise.race([answered, sleep(GATEWAYS_MS, undefined, { ref: false })]);
    this.children[0]?.stop();
    await Promise.all(this.children.map((child) => child.ended()));
    clearTimeout(late);
  }

  private events(): ChildEvents {
    return {
      started: () => {
        this.port.release();
        if (this.isOpen || !this.children.every((child) => child.ready)) return;
        this.isOpen = true;
        this.opened?.(true);
      },
      elsewhere: (index, head, socket) => {
        const gateway = this.children[index];
        if (gateway?.ready) gateway.take(socket, head);
        else socket.destroy();
      },
      signalled: (child) => {
        setTimeout(() => {
          if (!this.stopping) child.restart();
        }, TOGETHER_MS);
      },
      gone: (_child, unread) => {
        if (!this.isOpen && !this.stopping) this.opened?.(false);
        for (const socket of unread) if (!this.stopping) this.port.route(socket);
      },
    };
  }
}
