/** The script of the SharedWorker, whole in itself. */
import { environment } from "./environment";
import { SharedHub } from "./shared-hub";
import { type Port, type ToTab } from "./shared-protocol";
import { openSockets } from "./sockets";

const worker = globalThis as unknown as { onconnect: (event: { ports: readonly Port<ToTab>[] }) => void };
const { locks } = environment.navigator ?? {};
if (locks) {
  const hub = new SharedHub(openSockets, locks);
  worker.onconnect = ({ ports }) => ports.forEach((port) => hub.serve(port));
}
