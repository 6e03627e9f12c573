/**
 * Between nodes that understand it Moleculer's packets say no more than is new: an answer leaves out what the caller knows,
 * carries JSON that was encoded already as that text, and what needs no answer is said once and has none.
 */
import { type Middleware, type ServiceBroker } from "moleculer";
import { keptText, withText } from "../encoded";
import { isTerse, type Spoken } from "./packets";

interface Packet {
  type: string;
  target: string | null;
  payload: Record<string, unknown> & { sender?: string; meta?: unknown; data?: unknown; event?: unknown };
}
interface Inner {
  readonly registry: {
    readonly nodes: { get(id: string): { readonly available: boolean; readonly metadata?: Spoken } | undefined };
  };
  readonly transit?: { publish(packet: Packet): Promise<void>; connected: boolean };
}
type Hear = (said: never) => void;

/** The field of an answer that is text; no contract has one of this name. */
const TEXT = "\0text";
/** What begins like this is no event that a service could listen to. */
const SAID = "\0";

const hearing = new WeakMap<ServiceBroker, Map<string, Hear>>();

/** Takes what others say to this node under a name, from now on; undefined: no more. */
export function onSaid<T>(broker: ServiceBroker, name: string, hear: ((said: T) => void) | undefined): void {
  let names = hearing.get(broker);
  if (!names) hearing.set(broker, (names = new Map<string, Hear>()));
  if (hear) names.set(SAID + name, hear);
  else names.delete(SAID + name);
}

/** Where it is one to whom `say` may speak. */
export const canBeTold = (broker: ServiceBroker, node: string): boolean => {
  const known = (broker as unknown as Inner).registry.nodes.get(node);
  return known?.available === true && isTerse(known);
};

/**
 * Says something to a node, once and without an answer, in order with what is asked of it.
 * @throws what the transporter says where it can't leave
 */
export async function say(broker: ServiceBroker, node: string, name: string, said: unknown): Promise<void> {
  const { transit } = broker as unknown as Inner;
  const payload = { id: "", event: SAID + name, data: said, groups: null, broadcast: false, meta: {}, level: 1 };
  await transit?.publish({ type: "EVENT", target: node, payload });
}

/** A caller merges what comes back into what it said of itself, and no action adds to that. */
function shorten(broker: Inner, { target, payload }: Packet): void {
  if (payload.stream !== undefined || payload.success !== true) return;
  payload.meta = {};
  const text = keptText(payload.data);
  if (text !== undefined && target !== null && isTerse(broker.registry.nodes.get(target)))
    payload.data = { [TEXT]: text };
}

function lengthen({ payload }: Packet): void {
  const { data } = payload;
  if (typeof data !== "object" || data === null) return;
  const text = (data as Record<string, unknown>)[TEXT];
  if (typeof text === "string") payload.data = withText(text);
}

type Handle = (type: string, packet: Packet) => Promise<boolean>;
interface Transit {
  readonly broker: ServiceBroker;
}

export const tersePackets = (): Middleware =>
  ({
    name: "TersePackets",
    transitPublish(this: Transit, next: (packet: Packet) => Promise<void>) {
      const inner = this.broker as unknown as Inner;
      return (packet: Packet): Promise<void> => {
        if (packet.type === "RES") shorten(inner, packet);
        return next(packet);
      };
    },
    transitMessageHandler(this: Transit, next: Handle) {
      const { broker } = this;
      return (type: string, packet: Packet): Promise<boolean> => {
        if (type === "RES") lengthen(packet);
        const event = type === "EVENT" ? packet.payload.event : undefined;
        if (typeof event !== "string" || !event.startsWith(SAID)) return next(type, packet);
        hearing.get(broker)?.get(event)?.(packet.payload.data as never);
        return Promise.resolve(true);
      };
    },
  }) as unknown as Middleware;
