/** What it costs to come into a public group over REST, by how many members it has, of whom 500 are there. */
import { type ServerProcess } from "../process";
import { importAccounts, postAs } from "../systems";
import { ask, type Curve, open, type Point, withOurs } from "./curve";

const ONLINE = 500;
const STEPS = [1_000, 2_500, 5_000, 10_000];
/** As many come in at a time. */
const AT_ONCE = 16;

/** Joins a second, and the server's CPU for each, with the facts and notifications that they make. */
async function joined(server: ServerProcess, group: string, ids: readonly number[]): Promise<Point["y"]> {
  const before = server.cpu();
  const began = performance.now();
  const next = ids[Symbol.iterator]();
  const comeIn = async (): Promise<void> => {
    for (const id of next) await postAs(server, id, `/conversations/${group}/enter`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, comeIn));
  const seconds = (performance.now() - began) / 1_000;
  await server.quiet();
  const cpu = ((server.cpu() - before) * 1e3) / ids.length;
  return { "joins a second": ids.length / seconds, "ms CPU a join": cpu, MB: server.memory() };
}

export const joins: Curve = {
  name: "joins",
  title: `Coming into a public group of which ${ONLINE} members are there`,
  x: "members",
  points: (most) =>
    withOurs(ONLINE, async function* (_system, { server, people }) {
      const steps = STEPS.filter((step) => step <= most);
      const away = await importAccounts(server, Math.max(...steps) - ONLINE);
      const sockets = await open(server, people);
      const group = { participantIds: people.slice(1).map(({ userId }) => userId), name: "Bench", type: "group" };
      const made = await ask(sockets[0]!, "conversation:create", { ...group, visibility: "public" });
      const { _id } = made as { _id: string };
      for (const socket of sockets) await ask(socket, "conversation:join", { conversationId: _id });
      let there = ONLINE;
      for (const step of steps) {
        yield { x: step, y: await joined(server, _id, away.slice(there - ONLINE, step - ONLINE)) };
        there = step;
      }
      const { member_count } = (await ask(sockets[0]!, "conversation:get", { conversationId: _id })) as {
        member_count: number;
      };
      if (member_count !== there) throw new Error(`${member_count} of ${there} are members`);
      for (const socket of sockets) socket.close();
    }),
};
