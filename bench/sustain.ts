/**
 * Sustained load: senders at full speed for a while, and then until all that their messages cause is done. A burst leaves
 * its notifications to the minutes after it; what counts here is when the last of them is stored, and at what cost.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { gauges } from "./gauges";
import { type Room, run, type Shape } from "./load";
import { type ServerProcess } from "./process";

/** A backlog that takes longer is a fault. */
const LONGEST_MS = 600_000;
const LOOK_MS = 500;

/** What was seen at one look: seconds since the start, messages behind, the age of the oldest in seconds, resident MB. */
export interface Look {
  readonly at: number;
  readonly waiting: number;
  readonly oldest: number;
  readonly memory: number;
}

export interface Sustained {
  readonly messages: number;
  /** Messages a second, from the first send until all is done. */
  readonly rate: number;
  /** Messages acknowledged a second while they were sent. */
  readonly acked: number;
  /** Microseconds of CPU for each message, all that it causes included. */
  readonly cpu: number;
  readonly looks: readonly Look[];
  readonly faults: number;
}

export async function look(server: ServerProcess, began: number): Promise<Look> {
  const { outbox_waiting: waiting, outbox_oldest_seconds: oldest } = await gauges(server.port, [
    "outbox_waiting",
    "outbox_oldest_seconds",
  ]);
  return { at: (performance.now() - began) / 1000, waiting, oldest, memory: server.memory() };
}

const reachedBy = (rooms: readonly Room[]): number => rooms.reduce((sum, { reached }) => sum + reached, 0);

/** Sends for so many milliseconds; resolves when nothing waits any more and the server is quiet. */
export async function sustain(
  server: ServerProcess,
  shape: Shape,
  rooms: readonly Room[],
  ms: number,
): Promise<Sustained> {
  const [began, cpu, before] = [performance.now(), server.cpu(), reachedBy(rooms)];
  const looks: Look[] = [];
  let sending = true;
  const load = run(server, shape, rooms, ms).finally(() => (sending = false));
  for (;;) {
    const seen = await look(server, began);
    looks.push(seen);
    if (!sending && seen.waiting === 0) break;
    if (seen.at * 1000 > ms + LONGEST_MS)
      throw new Error(`${seen.waiting} messages still wait for their notifications`);
    await sleep(LOOK_MS);
  }
  const done = performance.now();
  const outcome = await load;
  await server.quiet();
  const messages = reachedBy(rooms) - before;
  return {
    messages,
    rate: (messages / (done - began)) * 1000,
    acked: outcome.acked,
    cpu: ((server.cpu() - cpu) / messages) * 1e6,
    looks,
    faults: outcome.lost + outcome.doubled + outcome.reordered + outcome.refused,
  };
}
