/** Who is asking. Set once at the door from a verified token, read-only ever after. */
import { type Scope } from "./scopes";

export type Role = "user" | "moderator" | "admin";

export interface Caller {
  readonly userId: number;
  /** The session (token family) or API token that speaks. */
  readonly sessionId: string;
  readonly roles: readonly Role[];
  /** Of an API token: all that it may do. A signed-in user has none, and may do what their roles allow. */
  readonly scopes?: readonly Scope[];
  /** Of a guest: the one conversation that they have part in. */
  readonly guestOf?: string;
  /** Of who may write nothing for now: until when, in ms since 1970. */
  readonly mutedUntil?: number;
  /** True where it is a server key that speaks for the user. */
  readonly server?: true;
}

/** Whoever has the process in hand, in its REPL, or a server key. No token says so: users' ids begin at 1. */
export const operator: Caller = Object.freeze({ userId: 0, sessionId: "operator", roles: ["user", "admin"] as const });
export const isOperator = ({ userId }: Caller): boolean => userId === operator.userId;

export const isStaff = ({ roles }: Pick<Caller, "roles">): boolean =>
  roles.includes("admin") || roles.includes("moderator");

/** Everything that travels beside the params of a call. */
export interface Meta {
  readonly caller?: Caller;
  /** Names one request from the door to the store, on every log line. */
  readonly requestId?: string;
  /** The address that a request over REST came from, for the audit log. */
  readonly from?: string;
}
