/** How an action is stated: what goes in, what comes out, and who may call it. */
import { type AuditEvent } from "./audit-events";
import { type Infer, type Schema } from "./schema";

/**
 * - `anyone`: reachable from the doors without a token (register, login).
 * - `user`: needs a caller; what the caller may do is checked in the action.
 * - `staff`: needs a caller with the role `moderator` or `admin`.
 * - `admin`: needs a caller with the role `admin`.
 * - `service`: only for our own services; no door leads to it.
 */
export type Access = "anyone" | "user" | "staff" | "admin" | "service";

/** How the audit log tells of an action before it is done. */
export interface Audited {
  readonly event: AuditEvent;
  /** The parameter that names what it is done to; an id is told as `webhook:<id>`, from `webhookId`. */
  readonly target?: string;
  /** Parameters that are told, too. */
  readonly details?: readonly string[];
  /** Not told where this parameter is given: another page of what was told of. */
  readonly unless?: string;
}

export interface ActionContract<P = unknown, R = unknown> {
  readonly access: Access;
  readonly params: Schema<P>;
  readonly result: Schema<R>;
  readonly about: string;
  /** Where a call must run: by hash of this parameter, so that equal keys meet on one node. */
  readonly shardBy?: string;
  /** True where running it twice does no more than running it once, so that the broker may retry it. */
  readonly idempotent?: boolean;
  /** Milliseconds until the caller hears UNAVAILABLE; the broker's own default where left out. */
  readonly timeout?: number;
  /** What the accounts do they tell of themselves, in the transaction that does it. */
  readonly audit?: Audited;
}

export const action = <P extends Schema<unknown>, R extends Schema<unknown>>(contract: {
  access: Access;
  params: P;
  result: R;
  about: string;
  shardBy?: string;
  idempotent?: boolean;
  timeout?: number;
  audit?: Audited;
}): ActionContract<Infer<P>, Infer<R>> => contract as ActionContract<Infer<P>, Infer<R>>;

export type ParamsOf<A> = A extends ActionContract<infer P> ? P : never;
export type ResultOf<A> = A extends ActionContract<unknown, infer R> ? R : never;
