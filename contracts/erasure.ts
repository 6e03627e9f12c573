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
  time,
  userId,
} from "./schema";

const count = int({ min: 0 });
/** How much there is of somebody, by what it is. */
export const Traces = object({
  counts: map(count, { max: 20 }),
  places: list(object({ conversation_id: id(), messages: count }), {
    max: 1000,
    about: "where their messages stand; of more than that the first",
  }),
});
export type Traces = Infer<typeof Traces>;

export const Erasure = named(
  "Erasure",
  object({
    user_id: userId(),
    requested_by: actorId(),
    requested_at: time(),
    state: oneOf(["waiting", "held", "done"], "held: a legal hold is on some of it"),
    finished_at: nullable(time()),
    found: nullable(Traces),
    left: nullable(Traces),
  }),
);
export type Erasure = Infer<typeof Erasure>;

const ofUser = object({ userId: userId() });
const inSteps = object({ done: bool(), held: bool() });
const traces = { access: "service", params: ofUser, result: Traces, idempotent: true, timeout: 60_000 } as const;
const erase = { access: "service", params: ofUser, result: inSteps, idempotent: true, timeout: 30_000 } as const;

export const erasureActions = {
  "users.erasures": action({
    access: "admin",
    about: "Accounts that went with what they wrote, the newest first: what there was of it, and what is left.",
    params: object({ limit: int({ min: 1, max: 100, default: 50 }), of: optional(userId()), before: optional(time()) }),
    result: list(Erasure, { max: 100 }),
    idempotent: true,
  }),
  "chat.traces": action({ ...traces, about: "How many messages a user has where, and what waits to be sent." }),
  "chat.erase": action({
    ...erase,
    about: "Takes some of that away, what legal holds are on not; to be called again until it is done.",
  }),
  "uploads.traces": action({ ...traces, about: "How many files a user has, in no message and in messages." }),
  "uploads.erase": action({ ...erase, about: "Removes some of those that no message has." }),
  "notifications.traces": action({ ...traces, about: "A user's devices, preferences and lists of notifications." }),
  "notifications.erase": action({ ...erase, about: "Removes those." }),
};
