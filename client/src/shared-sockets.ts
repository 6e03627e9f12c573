/** The sockets of a client, shared with the client's other tabs where the browser can. */
import { environment, type SharedWorkerLike } from "./environment";
import { Desk } from "./shared-desk";
import { SharedLine } from "./shared-line";
import { openSockets, type OpenSockets } from "./sockets";

/** By a worker that `start` starts or finds; `alone` are those of one tab. */
export function sharedBy(start: () => SharedWorkerLike, alone: OpenSockets = openSockets): OpenSockets {
  const { SharedWorker, navigator } = environment;
  const locks = navigator?.locks;
  if (!SharedWorker || !locks) return alone;
  let desk: Desk | undefined;
  return (address) => {
    const url = new URL(address, environment.location?.href).href;
    let open: ReturnType<OpenSockets> | undefined;
    return (namespace, auth) =>
      new SharedLine((desk ??= new Desk(start, locks)), { url, namespace, auth }, () =>
        (open ??= alone(url))(namespace, auth),
      );
  };
}
