/** What the transporters need to know of Moleculer's packets. */

export interface Packet {
  readonly type: string;
  readonly target?: string | null;
}

/** Of these somebody waits for an answer, and hears at once where they can't leave. */
export const CALLERS_WAIT = new Set(["REQ", "EVENT", "PING"]);
