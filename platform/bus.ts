/** The typed bridges to the broker: `call` for actions, `publish` for events that every node may hear. */
import { type Context, type ServiceBroker } from "moleculer";
import { actions, type ActionName, type Params, type Result } from "../contracts/actions";
import { type Meta } from "../contracts/caller";
import { type EventNamed, type Payload } from "../contracts/events";
import { here } from "./tracing";

export interface CallOptions {
  /** On this node and no other. */
  readonly nodeID?: string;
  /** Milliseconds until UNAVAILABLE. */
  readonly timeout?: number;
  /** How often the broker tries again by itself, instead of as often as it is set to. */
  readonly retries?: number;
}

type Via = ServiceBroker | Context<unknown, Meta>;
const isContext = (via: Via): via is Context<unknown, Meta> => "broker" in via;

/**
 * Calls an action by name. Through a context the caller's meta travels along; through a broker there is none unless
 * `meta` says so.
 */
export function call<N extends ActionName>(
  via: Via,
  name: N,
  params: Params<N>,
  options: CallOptions & { meta?: Meta } = {},
): Promise<Result<N>> {
  const { timeout } = actions[name];
  const requestID = options.meta?.requestId; // Moleculer's own name of it, by which traces are joined
  const opts = {
    ...(timeout === undefined ? {} : { timeout }),
    ...(requestID === undefined ? {} : { requestID }),
    ...options,
  };
  if (isContext(via)) return via.call<Result<N>, Params<N>>(name, params, opts);
  const parentSpan = here()?.span; // a context would have told it
  return via.call<Result<N>, Params<N>>(name, params, parentSpan ? Object.assign(opts, { parentSpan }) : opts);
}

/** Publishes an event to every node that listens, this one included; resolves when the local listeners are done. */
export async function publish<N extends EventNamed<"everyNode">>(
  broker: ServiceBroker,
  name: N,
  payload: Payload<N>,
): Promise<void> {
  // eslint-disable-next-line no-restricted-syntax -- this is the one place that the rule points to
  await broker.broadcast(name, payload);
}
