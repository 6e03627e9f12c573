/** moleculer-chat-client/shared: one connection for all tabs of a browser. */
import { environment, type SharedWorkerLike } from "./environment";
import { WORKER_NAME } from "./shared-protocol";
import { startWorker } from "./shared-script";
import { sharedBy } from "./shared-sockets";
import { type OpenSockets } from "./sockets";

/** Where the worker comes from, if not from beside this module. */
export interface SharedOptions {
  /** The address of `moleculer-chat-client/dist/shared-worker.js` where you serve it, of the page's own origin. */
  readonly script?: string | URL;
}

/**
 * For `createChat({ sockets: sharedSockets() })`: the tabs of one session share one connection by a SharedWorker. A tab
 * where there is none, or whose worker dies, has one of its own.
 */
export const sharedSockets = ({ script }: SharedOptions = {}): OpenSockets =>
  sharedBy((): SharedWorkerLike => {
    if (script === undefined) return startWorker();
    const { SharedWorker: Worker } = environment;
    if (!Worker) throw new Error("There is no SharedWorker here.");
    return new Worker(script, WORKER_NAME);
  });
export { type OpenSockets } from "./sockets";
