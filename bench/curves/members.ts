/** What a message costs by how many members its group has, of whom as many are there each time. */
import { type ServerProcess } from "../process";
import { type RawSocket } from "../raw-socket";
import { median } from "../stats";
import { createGroup, importAccounts, type Person } from "../systems";
import { ask, type Curve, open, type Point, withOurs } from "./curve";

const SIZES = [500, 2_000, 10_000];
const ONLINE = 500;
const ROUNDS = 3;
const SENDERS = 10;
/** Of each sender in each round. */
const MESSAGES = 10;
const PER_ROUND = SENDERS * MESSAGES;
const CREATED = Buffer.from('["message:created"');

/** Microseconds of CPU a message, with everything done that it causes; that it has come to everybody is made sure of. */
async function round(server: ServerProcess, conversationId: string, sockets: readonly RawSocket[]): Promise<number> {
  const got = sockets.map((socket) => {
    const count = { of: 0 };
    socket.onEvent = (data, start) => {
      if (data.compare(CREATED, 0, CREATED.length, start, start + CREATED.length) === 0) count.of += 1;
    };
    return count;
  });
  await server.quiet();
  const before = server.cpu();
  await Promise.all(
    sockets.slice(0, SENDERS).map(async (sender, n) => {
      for (let i = 0; i < MESSAGES; i++)
        await ask(sender, "message:send", { conversationId, content: `Round and round, ${n} ${i}` });
    }),
  );
  await server.quiet();
  const short = got.slice(SENDERS).filter(({ of }) => of !== PER_ROUND);
  if (short.length > 0) throw new Error(`${short.length} got ${short[0]?.of} of ${PER_ROUND} messages`);
  return ((server.cpu() - before) * 1e6) / PER_ROUND;
}

export const members: Curve = {
  name: "members",
  title: `A message in a group of which ${ONLINE} members are there`,
  x: "members",
  points: (most) =>
    withOurs(ONLINE, async function* (_system, { server, people }) {
      const sizes = SIZES.filter((size) => size <= most);
      const away = await importAccounts(server, Math.max(...sizes) - ONLINE);
      const all = [...people, ...away.map((userId): Person => ({ userId, token: "" }))];
      const groups: string[] = [];
      for (const size of sizes) groups.push(await createGroup(server, all.slice(0, size)));
      const sockets = await open(server, people);
      for (const socket of sockets) await ask(socket, "conversation:list", {});
      const costs = sizes.map((): number[] => []);
      // One after the other, so that what the machine does beside this weighs on all sizes alike; the first warms up.
      for (let n = 0; n <= ROUNDS; n++)
        for (const [i, group] of groups.entries()) {
          for (const socket of sockets) if (n === 0) await ask(socket, "conversation:join", { conversationId: group });
          const one = await round(server, group, sockets);
          if (n > 0) costs[i]?.push(one);
        }
      for (const socket of sockets) socket.close();
      const medians = costs.map(median);
      yield* sizes.map((x, i): Point => {
        const cost = medians[i] as number;
        return { x, y: { "us CPU a message": cost, "times that of 500": cost / (medians[0] as number) } };
      });
    }),
};
