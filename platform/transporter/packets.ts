/** What the transporters need to know of Moleculer's packets, and by which a node says how it may be spoken to. */

export interface Packet {
  readonly type: string;
  readonly target?: string | null;
}

/** Of these somebody waits for an answer, and hears at once where they can't leave. */
export const CALLERS_WAIT = new Set(["REQ", "EVENT", "PING"]);

/** Their places in this list are what is on the wire. */
export const TYPES = ["REQ", "RES", "EVENT", "DISCOVER", "INFO", "DISCONNECT", "HEARTBEAT", "PING", "PONG"];

export interface Spoken {
  /** It takes several packets as one message. */
  readonly bundles?: boolean;
  /** From 2 on: packets of several types in one message, what needs no answer, and answers that are text already. */
  readonly wire?: number;
}
/** What this version says of itself in the metadata of its nodes. */
export const spoken: Spoken = { bundles: true, wire: 2 };

export const isTerse = (node: { readonly metadata?: Spoken | null } | undefined): boolean =>
  (node?.metadata?.wire ?? 1) >= 2;
