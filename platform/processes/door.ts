/** How a gateway of a group gets its connections: from whoever holds the port, and from its siblings what is its own. */
import { rmSync } from "node:fs";
import { type Server } from "node:http";
import { type Socket } from "node:net";
import { onTold, tell } from "./channel";
import { doorPathOf, type Group } from "./group";

const REPORT_MS = 1_000;

/** A socket that came from another process, as the server's own would be. */
function enter(server: Server, socket: Socket, head: string | undefined): void {
  socket.allowHalfOpen = true;
  socket.setNoDelay(true);
  server.emit("connection", socket);
  if (head !== undefined) socket.emit("data", Buffer.from(head, "latin1"));
  socket.resume();
}

/** Takes connections from now on; says where siblings will look for this server. */
export function openDoor(server: Server, group: Group): string {
  const path = doorPathOf(group, group.index);
  rmSync(path, { force: true }); // of a process that was killed
  let [connections, reported] = [0, 0];
  onTold("connection", ({ head }, socket) => {
    if (!socket) return; // it was closed on its way
    connections++;
    socket.once("close", () => connections--);
    enter(server, socket, head);
  });
  const report = setInterval(() => {
    if (connections === reported) return;
    reported = connections;
    void tell({ say: "holds", connections });
  }, REPORT_MS).unref();
  server.once("close", () => clearInterval(report));
  return path;
}
