/** Connections: how many a second are let in, and what an idle one weighs. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ServerProcess } from "./process";
import { RawSocket } from "./raw-socket";
import { type Person } from "./systems";

const AT_ONCE = 16;

/** Full handshakes a second: TCP, WebSocket upgrade, token checked, namespace joined. */
export async function connectsPerSecond(server: ServerProcess, people: readonly Person[], ms: number): Promise<number> {
  const until = performance.now() + ms;
  let connected = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const person = people[connected++ % people.length];
      const socket = await RawSocket.open(server.port, { token: person?.token });
      socket.close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await server.quiet();
  return (connected / ms) * 1000;
}

/** Resident memory that 1,000 idle sockets add, in MB. Wants a server that has just been started. */
export async function idleMemory(server: ServerProcess, people: readonly Person[], count: number): Promise<number> {
  await server.quiet();
  const before = server.memory();
  const sockets: RawSocket[] = [];
  for (let i = 0; i < count; i++)
    sockets.push(await RawSocket.open(server.port, { token: people[i % people.length]?.token }));
  await server.quiet();
  await sleep(1000);
  const added = server.memory() - before;
  for (const socket of sockets) socket.close();
  return (added / count) * 1000;
}
