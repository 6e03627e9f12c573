/** Accounts, sessions, roles and block lists: the `users` service. */
import { action } from "./action";
import { event } from "./event";
import { PublicUser, role, User } from "./shapes";
import { bool, type Infer, int, list, map, named, nothing, object, optional, text, time, userId } from "./schema";

const email = text({ min: 3, max: 254, trim: true, pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, format: "email" });
const username = text({ min: 2, max: 40, trim: true });
const password = text({ max: 1000, about: "8 to 72 bytes" });

export const Tokens = named(
  "Tokens",
  object({
    user: User,
    accessToken: text(),
    refreshToken: text(),
    expiresIn: int({ about: "seconds until the access token runs out" }),
  }),
);
export type Tokens = Infer<typeof Tokens>;

/** What the door knows of the device that asks; set by the door, never by the client. */
export const Device = object({ userAgent: text({ max: 512 }), ip: text({ max: 64 }) });

const byId = object({ id: userId() });

export const usersActions = {
  "users.register": action({
    access: "anyone",
    about: "Makes an account and signs it in. CONFLICT when the e-mail is taken.",
    params: object({ username, email, password, device: optional(Device) }),
    result: Tokens,
  }),
  "users.login": action({
    access: "anyone",
    about: "Signs in on a new device.",
    params: object({ email: text({ max: 254 }), password, device: optional(Device) }),
    result: Tokens,
  }),
  "users.refresh": action({
    access: "anyone",
    about: "Rotates the pair of tokens.",
    params: object({ refreshToken: text({ max: 4096 }), device: optional(Device) }),
    result: Tokens,
  }),
  "users.logout": action({ access: "user", about: "Ends this session.", params: nothing, result: nothing }),
  "users.me": action({ access: "user", about: "One's own account.", params: nothing, result: User }),
  "users.get": action({ access: "user", about: "Anyone's public profile.", params: byId, result: PublicUser }),
  "users.profiles": action({
    access: "service",
    about: "Public profiles by id, in one query; unknown ids are left out.",
    params: object({ ids: list(userId(), { max: 5000 }) }),
    result: list(PublicUser),
    idempotent: true,
  }),
  "users.page": action({
    access: "service",
    about: "Ids of active accounts made before a time, ascending, in pages: the next one is `after` the last id.",
    params: object({ after: int({ min: 0 }), limit: int({ min: 1, max: 5000 }), before: time() }),
    result: list(userId()),
    idempotent: true,
  }),
  "users.block": action({
    access: "user",
    about: "Blocks a user; silent to them.",
    params: object({ userId: userId() }),
    result: nothing,
    idempotent: true,
  }),
  "users.unblock": action({
    access: "user",
    about: "Lifts a block.",
    params: object({ userId: userId() }),
    result: nothing,
    idempotent: true,
  }),
  "users.blocked": action({
    access: "user",
    about: "Whom one has blocked.",
    params: nothing,
    result: list(object({ userId: userId(), created_at: time() })),
    idempotent: true,
  }),
  "users.blocksBetween": action({
    access: "service",
    about: "Who of `others` has blocked the user, and whom of them the user has blocked; and which of them exist.",
    params: object({ userId: userId(), others: list(userId(), { max: 5000 }) }),
    result: object({ blockedBy: list(userId()), blocking: list(userId()), existing: list(userId()) }),
    idempotent: true,
  }),
  "users.revocations": action({
    access: "service",
    about: "Sessions and users cut since a time: what an api node must refuse although the token still verifies.",
    params: object({ since: time() }),
    result: object({
      at: time("the database's clock at this answer"),
      sessions: map(time(), { about: "session id to when it was revoked" }),
      users: map(time(), { about: "user id to the time before which issued tokens are void" }),
    }),
    idempotent: true,
  }),
};

export const usersEvents = {
  "users.revoked": event({
    delivery: "everyNode",
    about: "Cut these at once: one session, or all of a user's sessions but one.",
    payload: object({ userId: userId(), sessionId: optional(text()), except: optional(text()), at: time() }),
  }),
  "users.changed": event({
    delivery: "everyNode",
    about: "A profile changed; whoever keeps a copy refreshes it.",
    payload: object({ userId: userId(), profile: PublicUser }),
  }),
  "users.blockChanged": event({
    delivery: "everyNode",
    about: "`userId` has blocked `blockedId`, or lifted that.",
    payload: object({ userId: userId(), blockedId: userId(), blocked: bool() }),
  }),
};

export { email as emailField, password as passwordField, role as roleField, username as usernameField };
