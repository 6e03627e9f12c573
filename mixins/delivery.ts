/** Delivery to sockets: what is to be emitted goes once to each api node that holds sockets of those concerned. */
import { type Service } from "moleculer";
import { type Params } from "../contracts/actions";
import { toWire } from "../contracts/errors";
import { type Namespace, type ServerEvents } from "../contracts/sockets";
import { call } from "../platform/bus";
import { directoryOf } from "./directory";

export type Batch = Params<"api.deliver">;
export type Emission = Batch["emissions"][number];

/** One event for the sockets of users; its payload is encoded here, once for all of them. */
export function toUsers<N extends Namespace, E extends keyof ServerEvents<N> & string>(
  namespace: N,
  event: E,
  users: readonly number[],
  payload: ServerEvents<N>[E],
): Emission {
  return { namespace, event, body: JSON.stringify(payload), to: "users", users: [...users] };
}

/**
 * Sends a batch to one api node and does not wait: realtime delivery needs no outbox, a gap shows by `seq` and is
 * filled by `sync`.
 */
export function deliver(service: Service, node: string, batch: Batch): void {
  // In this process it is done at once, and needs no timer.
  const own = node === service.broker.nodeID ? { timeout: 0 } : {};
  call(service.broker, "api.deliver", batch, { nodeID: node, ...own }).catch((error: unknown) => {
    service.logger.debug(`delivery to ${node} failed: ${toWire(error).code}`);
  });
}

/** Emits to all sockets of these users, wherever they are. */
export function emitToUsers<N extends Namespace, E extends keyof ServerEvents<N> & string>(
  service: Service,
  namespace: N,
  event: E,
  users: readonly number[],
  payload: ServerEvents<N>[E],
): void {
  emitAll(service, [toUsers(namespace, event, users, payload)]);
}

/** Sends several user emissions in one batch per node, in order; nothing to nodes where nobody would hear it. */
export function emitAll(service: Service, emissions: readonly Emission[]): void {
  const directory = directoryOf(service);
  const batches = new Map<string, Emission[]>();
  for (const emission of emissions) {
    const { namespace, users = [] } = emission;
    const nodesOf = (user: number): readonly string[] =>
      namespace === "/chat" ? directory.nodesOf(user) : directory.nodesHearing(user);
    for (const node of new Set(users.flatMap(nodesOf))) {
      const batch = batches.get(node);
      if (batch) batch.push(emission);
      else batches.set(node, [emission]);
    }
  }
  for (const [node, batch] of batches) deliver(service, node, { emissions: batch });
}
