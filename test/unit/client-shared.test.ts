/** One connection for several tabs: the worker and its tabs, over real message ports, on sockets of our own making. */
import { MessageChannel } from "node:worker_threads";
import { type Locks, type SharedWorkerLike } from "../../client/src/environment";
import { MOST_BEHIND, SharedHub } from "../../client/src/shared-hub";
import { type Port, type ToTab } from "../../client/src/shared-protocol";
import { WorkerLink } from "../../client/src/shared-worker-link";
import { TabSocket } from "../../client/src/shared-tab-socket";
import { type Auth, type Namespace, type SocketLike } from "../../client/src/sockets";
import { eventually } from "../support/eventually";

/** Web Locks, with which one sees who dies. */
class FakeLocks implements Locks {
  private readonly queues = new Map<string, (() => Promise<unknown>)[]>();
  private readonly held = new Set<string>();

  request(name: string, ...more: unknown[]): Promise<never> {
    const work = more.at(-1) as () => Promise<unknown>;
    this.queues.set(name, [...(this.queues.get(name) ?? []), work]);
    this.next(name);
    return new Promise<never>(() => undefined);
  }
  /** Whoever holds such a lock is gone. */
  die(what: string): void {
    for (const name of [...this.held])
      if (name.includes(what)) {
        this.held.delete(name);
        this.next(name);
      }
  }
  private next(name: string): void {
    if (this.held.has(name)) return;
    const work = this.queues.get(name)?.shift();
    if (!work) return;
    this.held.add(name);
    void work().then(() => (this.held.delete(name), this.next(name)));
  }
}

/** A socket whose server is the test. */
class FakeSocket implements SocketLike {
  connected = false;
  readonly shaken: Record<string, unknown>[] = [];
  readonly asked: [string, unknown][] = [];
  answers: () => Promise<unknown> = () => Promise.resolve({ ok: true });
  up!: () => void;
  down!: (why: string) => void;
  event!: (event: string, payload: unknown) => void;
  refused!: (data: unknown, message: string) => void;

  constructor(private readonly auth: Auth) {}
  connect(): void {
    this.shaken.push(this.auth());
  }
  disconnect(): void {
    if (this.connected) this.fall("io client disconnect");
  }
  accept(): void {
    this.connected = true;
    this.up();
  }
  fall(why: string): void {
    this.connected = false;
    this.down(why);
  }
  ask(event: string, payload: unknown): Promise<unknown> {
    this.asked.push([event, payload]);
    return this.answers();
  }
  onEvent(run: (event: string, payload: unknown) => void): void {
    this.event = run;
  }
  onUp(run: () => void): void {
    this.up = run;
  }
  onDown(run: (why: string) => void): void {
    this.down = run;
  }
  onRefused(run: (data: unknown, message: string) => void): void {
    this.refused = run;
  }
}

const tokenOf = (claims: object): string =>
  ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), "x"].join(".");
const ANN = tokenOf({ sub: "1", sid: "a" });

let locks: FakeLocks;
let sockets: FakeSocket[];
const ports: { close(): void }[] = [];
beforeEach(() => {
  locks = new FakeLocks();
  sockets = [];
});
afterEach(() => ports.splice(0).forEach((port) => port.close()));

const open =
  () =>
  (_namespace: Namespace, auth: Auth): SocketLike => {
    const made = new FakeSocket(auth);
    sockets.push(made);
    return made;
  };

function worker(): () => SharedWorkerLike {
  const hub = new SharedHub(open, locks);
  return () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    hub.serve(port1 as unknown as Port<ToTab>);
    return { port: port2, onerror: undefined };
  };
}

function tab(start: () => SharedWorkerLike, token = ANN, namespace: Namespace = "/chat") {
  const told: unknown[] = [];
  const auth = (): Record<string, unknown> => ({ token: `Bearer ${token}` });
  const own = new FakeSocket(auth);
  const line = new TabSocket(new WorkerLink(start, locks), { url: "http://x", namespace, auth }, () => own);
  line.onUp(() => told.push("up"));
  line.onDown((why) => told.push(`down: ${why}`));
  line.onRefused((data, message) => told.push({ refused: data, message }));
  line.onEvent((event, payload) => told.push([event, payload]));
  return { line, told, own };
}
const socket = (at = 0): FakeSocket => sockets[at] as FakeSocket;
const shaken = (times: number): Promise<void> => eventually(() => expect(socket().shaken).toHaveLength(times));

test("the first tab says the handshake, the others join it, and all hear all", async () => {
  const start = worker();
  const [one, two] = [tab(start), tab(start)];
  one.line.connect();
  await shaken(1);
  two.line.connect();
  socket().accept();
  await eventually(() => expect([one.told, two.told]).toEqual([["up"], ["up"]]));
  socket().event("typing", { userId: 2 });
  for (const { told } of [one, two]) await eventually(() => expect(told.at(-1)).toEqual(["typing", { userId: 2 }]));
  expect(socket().shaken).toHaveLength(1);
  expect(await two.line.ask("message:list", { limit: 1 }, 1_000)).toEqual({ ok: true });
  socket().fall("transport close");
  for (const { told } of [one, two]) await eventually(() => expect(told.at(-1)).toBe("down: transport close"));
});

test("another session has a socket of its own", async () => {
  const start = worker();
  for (const token of [ANN, tokenOf({ sub: "1", sid: "b" }), tokenOf({ sub: "2", sid: "a" }), "opaque"])
    tab(start, token).line.connect();
  await eventually(() => expect(sockets).toHaveLength(4));
});

test("a token that is refused is told to whose it is; another tab's is tried after it", async () => {
  const start = worker();
  const [old, fresh] = [tab(start), tab(start, tokenOf({ sub: "1", sid: "a", iat: 2 }))];
  old.line.connect();
  await shaken(1);
  fresh.line.connect();
  await joined(fresh);
  socket().refused({ code: "AUTH_INVALID" }, "no");
  await eventually(() => expect(old.told).toEqual([{ refused: { code: "AUTH_INVALID" }, message: "no" }]));
  await shaken(2);
  expect(socket().shaken[1]).not.toEqual(socket().shaken[0]);
  socket().accept();
  await eventually(() => expect(fresh.told).toEqual(["up"]));
});

/** The worker answers for whoever has joined. */
const joined = ({ line }: ReturnType<typeof tab>): Promise<void> =>
  eventually(async () => expect(await line.ask("anything", {}, 1_000)).toEqual({ ok: true }));

async function both() {
  const start = worker();
  const [one, two] = [tab(start), tab(start)];
  one.line.connect();
  two.line.connect();
  await shaken(1);
  socket().accept();
  await eventually(() => expect([one.told, two.told]).toEqual([["up"], ["up"]]));
  return [one, two] as const;
}

test("a server that is not reached is told to all", async () => {
  const start = worker();
  const tabs = [tab(start), tab(start)];
  for (const { line } of tabs) line.connect();
  await shaken(1);
  await Promise.all(tabs.map(joined));
  socket().refused(undefined, "unreachable");
  for (const { told } of tabs)
    await eventually(() => expect(told).toEqual([{ refused: undefined, message: "unreachable" }]));
});

test("a tab that leaves leaves the others theirs; the last one ends the connection", async () => {
  const [one, two] = await both();
  one.line.disconnect();
  expect(one.told.at(-1)).toBe("down: io client disconnect");
  await two.line.ask("message:list", {}, 1_000);
  expect([socket().connected, two.line.connected, one.line.connected]).toEqual([true, true, false]);
  two.line.disconnect();
  await eventually(() => expect(socket().connected).toBe(false));
  two.line.connect();
  await shaken(2);
});

test("tabs that died have left", async () => {
  await both();
  locks.die(":tab:");
  await eventually(() => expect(socket().connected).toBe(false));
});

test("a connection that one tab gives up on is looked at, and ended for all where it is dead", async () => {
  const [one, two] = await both();
  socket().answers = () => Promise.reject(new Error("silence"));
  one.line.disconnect();
  await eventually(() => expect(two.told.at(-1)).toBe("down: io client disconnect"));
  expect(socket().asked).toEqual([["conversation:leave", { conversationId: "0".repeat(24) }]]);
});

test("a handshake that one tab gives up on is begun anew for the others", async () => {
  const start = worker();
  const [one, two] = [tab(start), tab(start)];
  one.line.connect();
  await shaken(1);
  two.line.connect();
  await joined(two);
  one.line.disconnect();
  await shaken(2);
  socket().accept();
  await eventually(() => expect(two.told).toEqual(["up"]));
  expect(one.told).toEqual([]);
});

test("a fresh token is said once for all tabs, and the next one again", async () => {
  const [one, two] = await both();
  for (const token of ["t1", "t2"])
    await Promise.all([one, two].map(({ line }) => line.ask("auth:renew", { token }, 1_000)));
  expect(socket().asked).toEqual(["t1", "t2"].map((token) => ["auth:renew", { token }]));
});

test("a frozen tab is let go, and takes nothing from the others", async () => {
  const start = worker();
  let freeze = (): void => undefined;
  const [one, two] = [
    tab(() => {
      const made = start();
      const port = made.port as { onmessage: unknown };
      freeze = () => void (port.onmessage = null);
      return made;
    }),
    tab(start),
  ];
  one.line.connect();
  two.line.connect();
  await shaken(1);
  socket().accept();
  await eventually(() => expect([one.told, two.told]).toEqual([["up"], ["up"]]));
  freeze();
  for (let i = 0; i < 3 * MOST_BEHIND; i++) {
    socket().event("n", i);
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => expect(two.told).toHaveLength(1 + 3 * MOST_BEHIND));
  one.line.disconnect(); // as far as it knows it was up until now: there is nothing to look at
  await two.line.ask("message:list", {}, 1_000);
  expect(socket().asked.filter(([event]) => event === "conversation:leave")).toHaveLength(1);
});

test("when the worker dies a tab is down, and goes on with a socket of its own", async () => {
  const [one] = await both();
  expect(await one.line.ask("message:list", {}, 60_000)).toEqual({ ok: true });
  socket().answers = () => new Promise(() => undefined);
  const lost = one.line.ask("message:list", {}, 60_000);
  locks.die(":worker:");
  expect(await lost.catch((error: Error) => error.message)).toBe("No answer came.");
  await eventually(() => expect(one.told.at(-1)).toBe("down: The worker is gone."));
  one.line.connect();
  await eventually(() => expect(one.own.shaken).toHaveLength(1));
  one.own.accept();
  expect(one.told.at(-1)).toBe("up");
  expect(one.line.connected).toBe(true);
});

test("where a worker can't be had a tab has a socket of its own from the start", async () => {
  const { line, own } = tab(() => {
    throw new Error("forbidden here");
  });
  line.connect();
  await eventually(() => expect(own.shaken).toHaveLength(1));
});
