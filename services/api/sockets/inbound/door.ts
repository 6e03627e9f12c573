/** What clients say: each known event is one action, everything else is refused in words of the table of errors. */
import Validator from "fastest-validator";
import { type ServiceBroker } from "moleculer";
import { randomBytes } from "node:crypto";
import { type Histogram } from "prom-client";
import { type ActionName } from "../../../../contracts/actions";
import { fail, tokenExpired, toWire } from "../../../../contracts/errors";
import { params as paramsOf } from "../../../../contracts/schema";
import { type ClientEvent, clientEvents, type Namespace } from "../../../../contracts/sockets";
import { encode } from "../../../../platform/encoded";
import { call, type CallOptions } from "../../../../platform/bus";
import { noteBug } from "../../../../platform/logging";
import { metricsOf } from "../../../../platform/metrics";
import { traced } from "../../../../platform/tracing";
import { Lanes } from "./lanes";
import { type Bucket } from "../../../../platform/limiter";
import { payloadOf, type Payload } from "./payload";
import { type Peer } from "../connection/peer";
import { type SharedBudget } from "./shared-budget";

/** Events that mean more to the door than a call: they run this instead, and may call the action themselves. */
export type DoorEvents = Readonly<Record<string, (peer: Peer, payload: never) => unknown>>;

/** An event as Socket.IO has parsed it: its name and its arguments in `data`, `id` where it asks for an ack. */
export interface EventPacket {
  readonly data?: readonly unknown[];
  readonly id?: number;
}

interface Row {
  readonly run: (peer: Peer, payload: Payload) => unknown;
  readonly time: Histogram.Internal<"event">;
}
/** Sent twice where an answer was lost: a key of its own makes the second one the same message. Their order counts. */
const keyed = new Set<string>(["message:send", "message:forward"]);
/** An event name in an answer is shown, but not at any length. */
const NAME_MAX = 100;

export class Door {
  private readonly rows: Record<Namespace, Map<string, Row>>;
  private readonly unknown: Row["time"];
  private readonly lanes: Lanes;
  private readonly prefix = randomBytes(6).toString("hex");
  private count = 0;
  private underWay = 0;
  private closed: (() => void) | undefined;

  constructor(
    private readonly broker: ServiceBroker,
    private readonly budget: SharedBudget,
    own: DoorEvents,
  ) {
    this.lanes = new Lanes(broker);
    const { eventDuration } = metricsOf(broker);
    const rowsOf = (events: Readonly<Record<string, ClientEvent>>): Map<string, Row> =>
      new Map(
        Object.entries(events).map(([event, { action, params }]) => {
          const run = (own[event] as Row["run"] | undefined) ?? this.calling(event, action as ActionName);
          return [event, { run: params ? checked(params, run) : run, time: eventDuration.labels(event) }];
        }),
      );
    this.rows = { "/chat": rowsOf(clientEvents["/chat"]), "/notifications": rowsOf(clientEvents["/notifications"]) };
    this.unknown = eventDuration.labels("unknown");
  }

  /** Never throws. */
  async receive(peer: Peer, bucket: Bucket, { data = [], id: ackId }: EventPacket): Promise<void> {
    const start = performance.now();
    const [name, ...args] = data;
    const row = this.rows[peer.namespace].get(name as string);
    this.underWay++;
    try {
      if (this.closed) throw fail("UNAVAILABLE", "This node is stopping.");
      const retryAfterMs = this.budget.take(peer.userId, bucket, start);
      this.admit(peer, typeof retryAfterMs === "number" ? retryAfterMs : await retryAfterMs, name);
      if (!row) throw fail("BAD_REQUEST", `There is no event of this name in ${peer.namespace}.`);
      const result = (await row.run(peer, payloadOf(args))) ?? {};
      if (ackId !== undefined) peer.ack(ackId, `{"ok":true,"data":${encode(result)}}`);
    } catch (error) {
      this.refuse(peer, String(name).slice(0, NAME_MAX).toWellFormed(), ackId, error);
    }
    (row?.time ?? this.unknown).observe((performance.now() - start) / 1000);
    if (--this.underWay === 0) this.closed?.();
  }

  /** Takes no more events, and settles when those under way are answered. */
  async close(): Promise<void> {
    const answered = new Promise<void>((resolve) => (this.closed = resolve));
    if (this.underWay > 0) await answered;
  }

  private admit(peer: Peer, retryAfterMs: number, event: unknown): void {
    if (retryAfterMs > 0) throw fail("RATE_LIMITED", "Too many events.", { retryAfterMs });
    if (Date.now() >= peer.verified.expiresAt && event !== "auth:renew")
      throw tokenExpired("The token has run out: send auth:renew.");
  }

  private refuse(peer: Peer, event: string, ackId: number | undefined, error: unknown): void {
    const wire = toWire(error);
    noteBug(this.broker.logger, { event }, error);
    if (ackId === undefined) peer.error(wire, event);
    else peer.ack(ackId, JSON.stringify({ ok: false, error: wire }));
  }

  private calling(event: string, action: ActionName): Row["run"] {
    const needsKey = keyed.has(event);
    return (peer, payload) => {
      const serial = (++this.count).toString(16).padStart(12, "0");
      if (needsKey) payload.clientId ??= `auto:${this.prefix}${serial}`;
      const requestId = `${this.prefix}${serial}`;
      const meta = { caller: peer.caller, requestId };
      const run = (more?: CallOptions): Promise<unknown> =>
        call(this.broker, action, payload as never, { meta, ...more });
      const { conversationId } = payload;
      // What is no id has no lane: the action's check refuses it.
      if (!needsKey || typeof conversationId !== "string") return traced(this.broker, event, requestId, run);
      const lane = `${peer.userId} ${conversationId}`;
      return traced(this.broker, event, requestId, () => this.lanes.send(lane, run));
    };
  }
}

/** As Moleculer's own is set up, which the contracts' checks are written for. */
const validator = new Validator({ useNewCustomCheckerFunction: true });

/** For events that no action checks. */
function checked(schema: NonNullable<ClientEvent["params"]>, run: Row["run"]): Row["run"] {
  const check = validator.compile(paramsOf(schema));
  return async (peer, payload) => {
    const result = await check(payload);
    if (result !== true) throw fail("BAD_REQUEST", result[0]?.message, problems(result));
    return run(peer, payload);
  };
}

const problems = (errors: readonly { field: string; type: string; message?: string }[]): object[] =>
  errors.map(({ field, type, message }) => ({ field, rule: type, message }));
