/** The worker's side: one connection for all tabs of one session, and what is said between it and each of them. */
import { type Locks } from "./environment";
import { type Port, type ToTab, type ToWorker, uniqueName } from "./shared-protocol";
import { type Subscriber, SharedSocket } from "./shared-socket";
import { type OpenSockets } from "./sockets";
import { sessionOf } from "./tokens";

/** A tab that has so many events before it is frozen: it is let go, and fetches what it missed when it wakes. */
export const MOST_BEHIND = 1_000;

type Asked<K extends ToWorker["is"]> = ToWorker & { readonly is: K };
/** What is connected for one session. */
interface Place {
  readonly open: ReturnType<OpenSockets>;
  readonly sockets: Map<string, SharedSocket>;
}

export class SharedHub {
  private readonly places = new Map<string, Place>();
  private readonly life = uniqueName("worker");
  private readonly alive: Promise<unknown>;

  constructor(
    private readonly openSockets: OpenSockets,
    private readonly locks: Locks,
  ) {
    this.alive = new Promise((held) => {
      void locks.request(this.life, () => (held(undefined), new Promise(() => undefined)));
    });
  }

  /** Serves a tab for as long as it holds its lock. */
  serve(port: Port<ToTab>): void {
    const tab = new Tab(port, (asked) => this.socketFor(asked));
    port.onmessage = ({ data }: { data: ToWorker }) => {
      if (data.is !== "hello") return tab.heard(data);
      void this.alive.then(() => port.postMessage({ is: "hello", lock: this.life }));
      void this.locks.request(data.lock, () => Promise.resolve(tab.end()));
    };
  }

  /** Another account, or another session of the same one, has a connection of its own. */
  private socketFor({ url, namespace, auth: { token, ...rest } }: Asked<"join">): SharedSocket {
    const session = JSON.stringify([url, sessionOf(String(token))]);
    const place = this.places.get(session) ?? { open: this.openSockets(url), sockets: new Map<string, SharedSocket>() };
    this.places.set(session, place);
    const key = JSON.stringify([namespace, rest]);
    const dead = (): void => place.sockets.forEach((socket) => socket.cut());
    const socket = place.sockets.get(key) ?? new SharedSocket(namespace, place.open, dead);
    place.sockets.set(key, socket);
    return socket;
  }
}

interface Line {
  readonly socket: SharedSocket;
  readonly subscriber: Subscriber;
  /** Events that the tab has not taken in. */
  behind: number;
}

class Tab {
  private readonly lines = new Map<number, Line>();

  constructor(
    private readonly port: Port<ToTab>,
    private readonly socketFor: (asked: Asked<"join">) => SharedSocket,
  ) {}

  heard(said: Exclude<ToWorker, { is: "hello" }>): void {
    const line = this.lines.get(said.line);
    if (said.is === "join") this.join(said);
    else if (said.is === "ask") void this.ask(line, said);
    else if (said.is === "leave") this.leave(said.line);
    else if (line) line.behind -= said.count;
  }

  end(): void {
    for (const line of [...this.lines.keys()]) this.leave(line);
    this.port.close();
  }

  private join(asked: Asked<"join">): void {
    const { line, auth } = asked;
    const ended = (told: ToTab): void => {
      this.lines.delete(line);
      this.port.postMessage(told);
    };
    const subscriber: Subscriber = {
      auth,
      up: () => this.port.postMessage({ is: "up", line }),
      down: (why) => ended({ is: "down", line, why }),
      refused: (data, message) => ended({ is: "refused", line, data, message }),
      event: (event, payload) => this.event(line, event, payload),
    };
    const socket = this.socketFor(asked);
    this.lines.set(line, { socket, subscriber, behind: 0 });
    socket.join(subscriber);
  }

  private event(at: number, event: string, payload: unknown): void {
    const line = this.lines.get(at);
    if (!line) return;
    this.port.postMessage({ is: "event", line: at, event, payload });
    if (++line.behind < MOST_BEHIND) return;
    this.leave(at);
    line.subscriber.down("The tab is frozen.");
  }

  private leave(at: number): void {
    const line = this.lines.get(at);
    this.lines.delete(at);
    line?.socket.leave(line.subscriber);
  }

  private async ask(line: Line | undefined, { id, event, payload, timeoutMs }: Asked<"ask">): Promise<void> {
    try {
      if (!line) throw new Error("There is no connection.");
      this.port.postMessage({ is: "answer", id, ack: await line.socket.ask(event, payload, timeoutMs) });
    } catch {
      this.port.postMessage({ is: "answer", id });
    }
  }
}
