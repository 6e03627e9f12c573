/** Accounts that go with what they wrote: what there was of it and what is left, by numbers alone. */
import { action } from "./action";
import {
  actorId,
  bool,
  id,
  type Infer,
  int,
  list,
  map,
  named,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";

const count = int({ min: 0 });
const tracing = {
  counts: map(count, { max: 20 }),
  places: list(object({ conversation_id: id(), messages: count }), {
    max: 1000,
    about: "where their messages stand; of more than that the first",
  }),
};
/** How much there is of somebody, by what it is. */
export const Traces = object(tracing);
export type Traces = Infer<typeof Traces>;

export const Erasure = named(
  "Erasure",
  object({
    user_id: userId(),
    requested_by: actorId(),
    requested_at: time(),
    state: oneOf(["waiting", "held", "done"], "held: a legal hold is on some of it"),
    finished_at: nullable(time()),
    words: bool({ about: "whether what they wrote goes, too; else what they kept for themselves, and their name" }),
    found: nullable(Traces),
    left: nullable(Traces),
  }),
);
export type Erasure = Infer<typeof Erasure>;

/** As the step before it said. */
const from = optional(text({ max: 200 }));
const ofUser = object({ userId: userId(), from });
const inSteps = object({ done: bool(), held: bool(), next: from });
const traced = object({ ...tracing, next: from });
const traces = { access: "service", params: ofUser, result: traced, idempotent: true, timeout: 60_000 } as const;
const erase = { access: "service", params: ofUser, result: inSteps, idempotent: true, timeout: 30_000 } as const;

export const erasureActions = {
  "users.erasures": action({
    access: "admin",
    about: "Accounts that went with what they wrote, the newest first: what there was of it, and what is left.",
    params: object({ limit: int({ min: 1, max: 100, default: 50 }), of: optional(userId()), before: optional(time()) }),
    result: list(Erasure, { max: 100 }),
    idempotent: true,
  }),
  "chat.traces": action({
    ...traces,
    about:
      "How many messages, reactions and votes a user has where, what waits to be sent, and what they keep for themselves.",
  }),
  "chat.forget": action({
    ...erase,
    about: "Takes away what a user keeps for themselves: drafts, saved messages, plans.",
  }),
  "chat.erase": action({
    ...erase,
    about:
      "Takes some of their messages, reactions and votes away, what legal holds are on not; to be called again, from " +
      "`next`, until it is done.",
  }),
  "chat.everIn": action({
    access: "service",
    idempotent: true,
    about: "The conversations that a user is or was a member of, in the order of their ids.",
    params: object({ userId: userId(), after: optional(id()), limit: int({ min: 1, max: 1000 }) }),
    result: list(id(), { max: 1000 }),
  }),
  "uploads.traces": action({ ...traces, about: "How many files a user has, in no message and in messages." }),
  "uploads.erase": action({ ...erase, about: "Removes some of those that no message has." }),
  "notifications.traces": action({
    ...traces,
    about: "A user's devices, preferences and lists of notifications, and what others are told under their name.",
  }),
  "notifications.erase": action({ ...erase, about: "Removes those, and the name from what others are told." }),
};
