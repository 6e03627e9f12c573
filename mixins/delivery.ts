/** Delivery to sockets: what is to be emitted goes once to each api node that holds sockets of those concerned. */
import { type Service, type ServiceBroker } from "moleculer";
import { type Params } from "../contracts/actions";
import { toWire } from "../contracts/errors";
import { type Namespace, type ServerEvents } from "../contracts/sockets";
import { call } from "../platform/bus";
import { here } from "../platform/tracing";
import { canBeTold, onSaid, say } from "../platform/transporter/terse";
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

type Take = (batch: Batch) => void;
const takers = new WeakMap<ServiceBroker, Take>();

const DELIVERY = "delivery";

/** The gateway of this process takes batches without a call, of others too; whoever delivers here asks for it each time. */
export function takeHere(broker: ServiceBroker, take: Take | undefined): void {
  onSaid(broker, DELIVERY, take);
  if (take) takers.set(broker, take);
  else takers.delete(broker);
}

/**
 * Sends a batch to one api node and does not wait: realtime delivery needs no outbox, a gap shows by `seq` and is
 * filled by `sync`. A call would cost more than what it does, so there is none unless it is traced.
 */
export function deliver(service: Service, node: string, batch: Batch): void {
  const { broker, logger } = service;
  const failed = (error: unknown): void => logger.debug(`delivery to ${node} failed: ${toWire(error).code}`);
  const isHere = node === broker.nodeID;
  if (!isHere && !here() && canBeTold(broker, node)) return void say(broker, node, DELIVERY, batch).catch(failed);
  const take = isHere && !here() ? takers.get(broker) : undefined;
  if (!take) {
    // In this process it is done at once, and needs no timer.
    call(broker, "api.deliver", batch, { nodeID: node, ...(isHere ? { timeout: 0 } : {}) }).catch(failed);
    return;
  }
  try {
    take(batch);
  } catch (error) {
    failed(error);
  }
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
