/** A cost against what it might grow with: one server, started anew or not for each point. */
import { RawSocket } from "../raw-socket";
import { quantile } from "../stats";
import { ours, type Person } from "../systems";
import { type ServerProcess } from "../process";

export interface Point {
  readonly x: number;
  /** By the names of the curve's `lines`. */
  readonly y: Readonly<Record<string, number>>;
}

export interface Curve {
  readonly name: string;
  readonly title: string;
  /** What is on the x axis; logarithmic unless it is time. */
  readonly x: string;
  readonly time?: true;
  /** @param most of x, where a curve has an end of its own that is larger */
  points(most: number): AsyncIterable<Point>;
}

export type Ours = ReturnType<typeof ours>;
export interface Running {
  readonly server: ServerProcess;
  readonly people: readonly Person[];
}

/** Runs the work with a system of ours and ends it, whatever comes of it. */
export async function* withOurs(
  people: number,
  work: (system: Ours, running: Running) => AsyncIterable<Point>,
): AsyncGenerator<Point> {
  const system = ours();
  const server = await system.start();
  try {
    yield* work(system, { server, people: await system.people(server, people) });
  } finally {
    await server.stop();
    system.clean();
  }
}

/** CPU of the server in microseconds, and milliseconds on the clock, until all of these are answered. */
export async function cost(
  server: ServerProcess,
  asks: readonly (() => Promise<unknown>)[],
): Promise<{ cpu: number; ms: number; p50: number; p99: number }> {
  const before = server.cpu();
  const began = performance.now();
  const took: number[] = [];
  await Promise.all(
    asks.map(async (ask) => {
      await ask();
      took.push(performance.now() - began);
    }),
  );
  const ms = performance.now() - began;
  await server.quiet();
  return { cpu: (server.cpu() - before) * 1e6, ms, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

/** An answer that is no success ends the benchmark. */
export async function ask(socket: RawSocket, event: string, payload: object): Promise<unknown> {
  const { ok, data, error } = await socket.ask(event, payload);
  if (!ok) throw new Error(`${event} answered ${JSON.stringify(error)}`);
  return data;
}

/** Opens sockets, a few at a time. */
export async function open(server: ServerProcess, people: readonly Person[]): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  for (let i = 0; i < people.length; i += 50)
    sockets.push(
      ...(await Promise.all(people.slice(i, i + 50).map(({ token }) => RawSocket.open(server.port, { token })))),
    );
  return sockets;
}
