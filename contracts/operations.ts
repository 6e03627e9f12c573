/** What operators ask of a running system; `npm run chat` and the REPL stand on these. */
import { action } from "./action";
import { LONGEST, MOST } from "./most";
import { id, int, list, map, nothing, nullable, object, optional, text, userId } from "./schema";
import { Setting } from "./settings";
import { User } from "./shapes";
import { Blocked, Session } from "./users";

const ofUser = object({ id: userId() });
const conversationId = optional(id());
const count = int({ min: 0 });

const ChatNode = object({
  node: text({ max: LONGEST.node }),
  actors: int({ min: 0, about: "conversations awake" }),
  waiting: int({ min: 0, about: "commands in their mailboxes" }),
  outbox: int({ min: 0, about: "facts that wait for the bus" }),
  busiest: list(object({ conversationId: id(), waiting: count, idleMs: count }), { max: 20 }),
});
const ApiNode = object({ node: text({ max: LONGEST.node }), sockets: map(count), users: count });

export const operationsActions = {
  "chat.inspect": action({
    access: "service",
    about: "What one chat node holds in memory.",
    params: nothing,
    result: ChatNode,
    timeout: 3_000,
  }),
  "api.inspect": action({
    access: "service",
    about: "What one api node holds in memory.",
    params: nothing,
    result: ApiNode,
    timeout: 3_000,
  }),
  "api.overview": action({
    access: "admin",
    about: "All nodes at a glance: actors, mailboxes, outbox, sockets; and on which node a conversation lives.",
    params: object({ conversationId }),
    result: object({ chat: list(ChatNode), api: list(ApiNode), livesOn: nullable(text({ max: LONGEST.node })) }),
  }),
  "api.settings": action({
    access: "admin",
    about:
      "The variables of the node that answers: which are set, to what, and what holds where not. Of addresses the host alone, of secrets nothing; of a tenant's those that are its own to know.",
    params: nothing,
    result: object({ node: text({ max: LONGEST.node }), settings: list(Setting, { max: MOST.settings }) }),
    idempotent: true,
  }),
  "users.sessionsOf": action({
    access: "admin",
    about: "Devices a user is signed in on.",
    params: ofUser,
    result: list(Session, { max: MOST.sessions }),
  }),
  "users.revokeAll": action({
    access: "admin",
    about: "Ends all sessions of a user, at once.",
    params: ofUser,
    result: nothing,
  }),
  "users.dump": action({
    access: "admin",
    about:
      "Writes the embedded database of accounts into a file in DATA_DIR, for `npm run chat -- backup`, which takes it from there: its content never travels.",
    params: nothing,
    result: object({ file: text({ max: 255, about: "its name in DATA_DIR" }) }),
    timeout: 60_000,
  }),
  "users.exportOf": action({
    access: "admin",
    about: "What the accounts keep about a user.",
    params: ofUser,
    result: object({
      user: User,
      sessions: list(Session, { max: MOST.sessions }),
      blocked: list(Blocked, { max: MOST.blocks }),
    }),
  }),
};
