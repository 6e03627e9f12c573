/** The closed table of errors: every failure a client can see, with its HTTP status and whether a retry can help. */
import { LONGEST } from "./most";

export const errorTable = {
  AUTH_INVALID: {
    status: 401,
    retryable: false,
    about: "The token is missing, wrong, revoked, or has run out (then `details.expired` is true).",
  },
  AUTH_EXPIRED: { status: 401, retryable: false, about: "Only as the `error` event that warns a live socket." },
  FORBIDDEN: { status: 403, retryable: false, about: "You are known, but may not do this." },
  NOTFOUND: { status: 404, retryable: false, about: "There is no such thing, or you may not know of it." },
  METHOD: { status: 405, retryable: false, about: "The route exists, but not with this method." },
  BAD_REQUEST: { status: 400, retryable: false, about: "The input does not fit; `details` lists field and rule." },
  CONFLICT: { status: 409, retryable: false, about: "Already so, already answered, or changed meanwhile." },
  TOO_LARGE: { status: 413, retryable: false, about: "Content, attachments, file or frame over its limit." },
  UNSUPPORTED_TYPE: { status: 415, retryable: false, about: "This kind of body or file is not accepted." },
  RATE_LIMITED: { status: 429, retryable: false, about: "Too many requests; wait `details.retryAfterMs`." },
  INTERNAL: { status: 500, retryable: false, about: "A bug of ours; logged with the request id." },
  UNAVAILABLE: { status: 503, retryable: true, about: "A service or store is down; safe to retry." },
  FULL: { status: 507, retryable: false, about: "No room left for this file, or for one more of these." },
} as const;

export type ErrorCode = keyof typeof errorTable;

export interface FieldProblem {
  field: string;
  rule: string;
  message?: string;
}
/** `error` of an answer: over REST, in acks and in `error` events. */
export interface WireError {
  code: ErrorCode;
  message: string;
  details?: unknown;
}

/**
 * What `fail` throws: a MoleculerError in all but its class. Moleculer restores an error from another node by its name,
 * and by this name with code, type and data; its own class can't be had without loading the whole of Moleculer, and
 * rules are read where there is none of it.
 */
export class Refusal extends Error {
  override readonly name = "MoleculerError";

  constructor(
    readonly type: ErrorCode,
    message: string,
    /** The HTTP status. */
    readonly code: number,
    readonly retryable: boolean,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** The one way to refuse; recognised by its `type`, here and on other nodes. */
export function fail(code: ErrorCode, message?: string, details?: unknown): Refusal {
  const { about, status, retryable } = errorTable[code];
  return new Refusal(code, message ?? about, status, retryable, details);
}

/** How every door refuses a token that was good once: a fresh one helps. */
export const tokenExpired = (message: string): Refusal => fail("AUTH_INVALID", message, { expired: true });

export const badField = (field: string, rule: string, message: string): Refusal =>
  fail("BAD_REQUEST", message, [{ field, rule, message }] satisfies FieldProblem[]);

/** What Moleculer itself throws, said in our codes. All of these mean: not done or not known to be done, try again. */
const brokerTrouble = new Set([
  "SERVICE_NOT_FOUND",
  "SERVICE_NOT_AVAILABLE",
  "REQUEST_TIMEOUT",
  "REQUEST_SKIPPED",
  "REQUEST_REJECTED",
  "QUEUE_FULL",
  "BAD_GATEWAY",
  "BROKER_DISCONNECTED",
  "GRACEFUL_STOP_TIMEOUT",
]);

interface Thrown {
  type?: unknown;
  message?: unknown;
  data?: unknown;
  name?: unknown;
}
const isCode = (type: unknown): type is ErrorCode => typeof type === "string" && Object.hasOwn(errorTable, type);

/** True where the call may simply not have got through. */
export function isBrokerTrouble(error: unknown): boolean {
  const { type } = (error ?? {}) as Thrown;
  return typeof type === "string" && brokerTrouble.has(type);
}

/**
 * True where the broker may try again by itself. Not after a timeout: the work may still be queued where it was sent,
 * and asking again would add to the load that made it late; callers who want to may.
 */
export const mayRetry = (error: unknown): boolean =>
  isBrokerTrouble(error) && (error as Thrown).type !== "REQUEST_TIMEOUT";

/** What moleculer-web and its body parser throw, by their `type`. Their own messages quote the body. */
const doorTrouble: ReadonlyMap<unknown, readonly [ErrorCode, string]> = new Map<unknown, [ErrorCode, string]>([
  ["entity.parse.failed", ["BAD_REQUEST", "The body is no JSON object."]],
  ["entity.too.large", ["TOO_LARGE", "The body is larger than 100 kB, or 1 MB of an import."]],
  ["charset.unsupported", ["UNSUPPORTED_TYPE", "The body must be JSON in UTF-8."]],
  ["encoding.unsupported", ["UNSUPPORTED_TYPE", "The body must not be compressed."]],
  ["request.aborted", ["BAD_REQUEST", "The body broke off."]],
  ["request.size.invalid", ["BAD_REQUEST", "The body is not as long as Content-Length says."]],
  ["UNABLE_DECODE_PARAM", ["BAD_REQUEST", "The path is not well encoded."]],
]);

/** The code of anything thrown, by us, by Moleculer or by a library. */
export function codeOf(error: unknown): ErrorCode {
  const { type, name } = (error ?? {}) as Thrown;
  if (isCode(type)) return type;
  const trouble = doorTrouble.get(type);
  if (trouble) return trouble[0];
  if (type === "VALIDATION_ERROR") return "BAD_REQUEST";
  if (isBrokerTrouble(error)) return "UNAVAILABLE";
  if (name === "BrokerDisconnectedError" || name === "RequestRejectedError") return "UNAVAILABLE";
  return "INTERNAL";
}

interface ValidatorProblem {
  field?: unknown;
  type?: unknown;
  message?: unknown;
}

/** Input that a refusal quotes may be cut in the middle of a character, or was sent so. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]));
}

/** What a client may see of anything thrown: never a stack, a path, a library's text or a node's name. */
export function toWire(error: unknown): WireError {
  const wire = wireOf(error);
  return wellFormed({ ...wire, message: wire.message.slice(0, LONGEST.errorMessage) }) as WireError;
}

function wireOf(error: unknown): WireError {
  const code = codeOf(error);
  const { type, message, data } = (error ?? {}) as Thrown;
  const trouble = doorTrouble.get(type);
  if (trouble) return { code, message: trouble[1] };
  if (type === "VALIDATION_ERROR") {
    const details = (Array.isArray(data) ? (data as ValidatorProblem[]) : []).map((p): FieldProblem => ({
      field: String(p.field),
      rule: String(p.type),
      ...(typeof p.message === "string" ? { message: p.message } : {}),
    }));
    const first = details[0];
    return { code, message: first?.message ?? errorTable.BAD_REQUEST.about, details };
  }
  if (!isCode(type) || code === "INTERNAL") return { code, message: errorTable[code].about };
  const details = data ?? undefined;
  return { code, message: String(message), ...(details === undefined ? {} : { details }) };
}
