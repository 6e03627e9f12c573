/** What the gateway does for other services: putting events onto its sockets. */
import { action } from "./action";
import { bool, int, list, named, nothing, num, object, oneOf, optional, text, userId } from "./schema";
import { fileKinds } from "./uploads";

/**
 * One event for sockets of one api node. `body` is the payload already as JSON, encoded once for all receivers.
 * `to`: `members` = all sockets of the conversation's members (but those that want joined rooms only and have not
 * joined), `room` = sockets joined to it, `users` = all sockets of `users`.
 */
export const Emission = object({
  namespace: oneOf(["/chat", "/notifications"]),
  event: text(),
  body: text(),
  to: oneOf(["members", "room", "users"]),
  users: optional(list(userId(), { about: "`users`: whom; `members` and `room`: only these" })),
  except: optional(list(userId(), { about: "none of these" })),
  seq: optional(int({ about: "of a message:created: its seq, by which a gap shows" })),
});

/** What each service that delivers to sockets is told by the api nodes. */
export const located = action({
  access: "service",
  about: "An api node says which users it holds sockets of.",
  params: object({
    node: text(),
    epoch: text({ about: "new with every start of that node" }),
    version: int({ about: "counts that node's announcements; a gap asks for a snapshot" }),
    snapshot: bool(),
    added: list(userId(), { about: "who came or changed" }),
    hearing: list(userId(), { about: "of them who has a socket in /notifications" }),
    removed: list(userId()),
  }),
  result: object({ gap: bool() }),
  idempotent: true,
});

export const apiActions = {
  "api.deliver": action({
    access: "service",
    about: "Puts a batch of events onto this node's sockets, in order.",
    params: object({
      conversationId: optional(text()),
      /** Changes with the membership; a node that has not this version asks the actor for it. */
      membersVersion: optional(text()),
      members: optional(list(userId())),
      emissions: list(Emission),
    }),
    result: nothing,
  }),
  "api.rooms": action({
    access: "service",
    about: "Takes a user's sockets into a conversation's room or out of it, on this node, before it answers.",
    params: object({
      conversationId: text(),
      userIds: list(userId()),
      join: bool(),
      sessionId: optional(text()),
      eager: optional(bool({ about: "only sockets that asked to be in all rooms" })),
    }),
    result: nothing,
    idempotent: true,
  }),
  "api.limits": action({
    access: "anyone",
    about: "What clients must keep to, as this system is set up.",
    params: nothing,
    result: named(
      "Limits",
      object({
        max_content: int({ min: 1, about: "characters of a message" }),
        max_members: int({ min: 2, about: "members of a group" }),
        max_attachments: int({ min: 1, about: "files of a message, and of one upload" }),
        max_file_size: int({ min: 1, about: "bytes of a file" }),
        file_types: list(oneOf(fileKinds), { max: fileKinds.length, about: "kinds of files that are taken" }),
      }),
    ),
    idempotent: true,
  }),
  "api.located": located,
  "api.take": action({
    access: "service",
    shardBy: "userId",
    timeout: 5_000,
    about:
      "Takes one socket event of a user from the budget of their sockets on all gateways of a machine; the gateway of the user's hash keeps it.",
    params: object({
      userId: userId(),
      most: num({ min: 0, about: "what is left as far as the asking gateway knows" }),
    }),
    result: object({ retryAfterMs: int({ min: 0, about: "0 where it was taken" }), left: num({ min: 0 }) }),
  }),
  "api.count": action({
    access: "service",
    shardBy: "key",
    timeout: 1_000,
    about: "Counts one request against a budget that all gateways share; the node of the key's hash keeps the count.",
    params: object({ key: text({ max: 128 }), windowMs: int({ min: 1 }) }),
    result: object({ used: int({ min: 1 }), resetMs: int({ min: 0 }) }),
  }),
};
