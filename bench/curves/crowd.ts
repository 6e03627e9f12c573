/** Costs against how many do the same at once: readers of one message, and clients that come back after an outage. */
import { setTimeout as sleep } from "node:timers/promises";
import { type RawSocket } from "../raw-socket";
import { ask, cost, type Curve, open, withOurs } from "./curve";

const CROWDS = [10, 100, 1_000];
/** Messages that everybody reads, one after the other. */
const READ = 5;
const MISSED = 50;

const crowds = (most: number): number[] => CROWDS.filter((size) => size <= most);

export const receipts: Curve = {
  name: "receipts",
  title: "All members of a group read a message at once",
  x: "readers",
  points: (most) =>
    withOurs(Math.max(...crowds(most)) + 1, async function* (system, { server, people }) {
      for (const size of crowds(most)) {
        const members = people.slice(0, size + 1);
        const conversationId = await system.room(server, members);
        const [sender, ...readers] = await open(server, members);
        let [cpu, ms] = [0, 0];
        for (let n = 0; n < READ; n++) {
          await ask(sender as RawSocket, "message:send", { conversationId, content: `Who has read the ${n}th?` });
          await server.quiet();
          const read = await cost(
            server,
            readers.map((reader) => () => ask(reader, "conversation:mark-read", { conversationId })),
          );
          [cpu, ms] = [cpu + read.cpu, ms + read.ms];
        }
        for (const socket of [sender, ...readers]) socket?.close();
        yield { x: size, y: { "us CPU a receipt": cpu / READ / size, "ms until all are answered": ms / READ } };
      }
    }),
};

interface Page {
  readonly changes: readonly unknown[];
  readonly next: object | null;
}

/** Where so many come at once that one is told to try again, it does, as the client does. */
async function patiently(socket: RawSocket, event: string, payload: object): Promise<unknown> {
  for (;;) {
    const { ok, data, error } = await socket.ask(event, payload);
    if (ok) return data;
    if (error?.code !== "UNAVAILABLE") throw new Error(`${event} answered ${JSON.stringify(error)}`);
    await sleep(100 + 200 * Math.random());
  }
}

/** Comes back with what it knew, and takes all pages. */
async function back(socket: RawSocket, conversationId: string): Promise<void> {
  let page = (await patiently(socket, "sync", { cursors: { [conversationId]: 1 } })) as Page;
  let got = page.changes.length;
  while (page.next) {
    page = (await patiently(socket, "sync", { next: page.next })) as Page;
    got += page.changes.length;
  }
  if (got < MISSED) throw new Error(`sync told ${got} changes of ${MISSED}`);
}

export const sync: Curve = {
  name: "sync",
  title: `All members of a group sync at once and have missed ${MISSED} messages`,
  x: "clients",
  points: (most) =>
    withOurs(Math.max(...crowds(most)), async function* (system, { server, people }) {
      for (const size of crowds(most)) {
        const members = people.slice(0, size);
        const conversationId = await system.room(server, members);
        const [sender] = await open(server, members.slice(0, 1));
        for (let n = 0; n <= MISSED; n++)
          await ask(sender as RawSocket, "message:send", { conversationId, content: `Missed: ${n}` });
        sender?.close();
        await server.quiet();
        const sockets = await open(server, members);
        await server.quiet();
        const { cpu, ms } = await cost(
          server,
          sockets.map((socket) => () => back(socket, conversationId)),
        );
        for (const socket of sockets) socket.close();
        yield { x: size, y: { "us CPU a client": cpu / size, "ms until all have all": ms } };
      }
    }),
};
