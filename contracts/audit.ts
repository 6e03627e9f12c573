/** The audit log: who did what to whom from where, in lines that are chained by their hashes. Kept by the `users` service. */
import { action } from "./action";
import { auditEvents } from "./audit-events";
import { LONGEST } from "./most";
import {
  anything,
  type Infer,
  int,
  list,
  map,
  named,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";

const SHA256 = /^[0-9a-f]{64}$/;
const event = oneOf(auditEvents);
const target = text({ max: 80, about: "such as user:7 or webhook:<id>" });
const details = map(nullable(anything()), { max: 20 });

export const AuditEntry = named(
  "AuditEntry",
  object({
    seq: int({ min: 1, about: "1, 2, 3, ... without gaps" }),
    at: time(),
    event,
    actor_id: nullable(userId("null: nobody signed in, the system itself, or an operator in its process")),
    session_id: nullable(
      text({
        max: LONGEST.sessionId,
        about: "the session or API token that spoke; `operator` in a process of the system",
      }),
    ),
    ip: nullable(text({ max: LONGEST.ip })),
    target: nullable(target),
    details,
    previous: text({ max: 64, pattern: SHA256, about: "the hash of the entry before; 64 zeros before the first" }),
    hash: text({
      max: 64,
      pattern: SHA256,
      about:
        "SHA-256 in hex over the JSON of [seq, at, event, actor_id, session_id, ip, target, details, previous], without spaces",
    }),
  }),
);
export type AuditEntry = Infer<typeof AuditEntry>;

/** What stands before the first entry. */
export const AUDIT_BEGIN = "0".repeat(64);

/** What the hash of an entry is made of. */
export const hashedText = (entry: Omit<AuditEntry, "hash">): string =>
  JSON.stringify([
    entry.seq,
    entry.at,
    entry.event,
    entry.actor_id,
    entry.session_id,
    entry.ip,
    entry.target,
    entry.details,
    entry.previous,
  ]);

export const auditActions = {
  "users.auditLog": action({
    access: "admin",
    about: "The audit log, newest first; with `after` oldest first, as an export takes it.",
    params: object({
      limit: int({ min: 1, max: 500, default: 50 }),
      before: optional(int({ min: 1, about: "entries with a lower `seq`: the last one that one has" })),
      after: optional(int({ min: 0, about: "entries with a higher `seq`" })),
      event: optional(text({ min: 1, max: 40, about: "or the beginning of several, such as login" })),
      actor: optional(userId()),
      target: optional(target),
      since: optional(time()),
      until: optional(time()),
    }),
    result: list(AuditEntry, { max: 500 }),
    idempotent: true,
  }),
  "users.note": action({
    access: "service",
    about: "Writes into the audit log what the caller is about to do; who asks does it only after the answer.",
    params: object({ event, target: optional(target), details: optional(details) }),
    result: nothing,
  }),
};
