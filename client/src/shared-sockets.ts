/** The sockets of a client, shared with the client's other tabs where the browser can. */
import { environment, type SharedWorkerLike } from "./environment";
import { WorkerLink } from "./shared-worker-link";
import { TabSocket } from "./shared-tab-socket";
import { openSockets, type OpenSockets } from "./sockets";

/** By a worker that `start` starts or finds; `alone` are those of one tab. */
export function sharedBy(start: () => SharedWorkerLike, alone: OpenSockets = openSockets): OpenSockets {
  const { SharedWorker, navigator } = environment;
  const locks = navigator?.locks;
  if (!SharedWorker || !locks) return alone;
  let link: WorkerLink | undefined;
  return (address) => {
    const url = new URL(address, environment.location?.href).href;
    let open: ReturnType<OpenSockets> | undefined;
    return (namespace, auth) =>
      new TabSocket((link ??= new WorkerLink(start, locks)), { url, namespace, auth }, () =>
        (open ??= alone(url))(namespace, auth),
      );
  };
}
