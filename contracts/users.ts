/** Accounts, sessions, roles and block lists: the `users` service. */
import { action } from "./action";
import { customChange } from "./custom";
import { emailAddress } from "./email";
import { event } from "./event";
import {
  accountName,
  bool,
  type Fields,
  type Infer,
  int,
  list,
  map,
  name,
  named,
  newPassword,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  picture,
  text,
  time,
  userId,
} from "./schema";
import { LONGEST, MOST } from "./most";
import { scopes } from "./scopes";
import { groupInvites, PublicUser, publicUserFields, role, User, userFields } from "./shapes";

const email = emailAddress();
const username = accountName();
const password = text({ max: 1000 });

export const Tokens = named(
  "Tokens",
  object({
    user: User,
    accessToken: text({ max: LONGEST.accessToken }),
    refreshToken: text({ max: LONGEST.refreshToken }),
    expiresIn: int({ about: "seconds until the access token runs out" }),
  }),
);
export type Tokens = Infer<typeof Tokens>;

/** What the door knows of the device that asks; set by the door, never by the client. */
export const Device = object({
  userAgent: text({ max: LONGEST.userAgent }),
  ip: text({ max: LONGEST.ip }),
});

/** Waits for a turn of the password threads, on a machine that has other things to do. */
const SLOW = 60_000;

export const Blocked = object({ userId: userId(), created_at: time() });
const byId = object({ id: userId() });
const scope = oneOf(scopes);
const limit = int({ min: 1, max: 100, default: 20 });
const cursor = optional(text({ min: 1, max: LONGEST.cursor, about: "the `cursor` of the last entry that one has" }));
const pageOf = <F extends Fields>(fields: F) =>
  list(object({ ...fields, cursor: text({ max: LONGEST.cursor }) }), { max: 100 });
/** One's own, and each bot's. */
const MOST_TOKENS = MOST.apiTokens * (1 + MOST.bots);
const code = text({ min: 6, max: 40, about: "six digits of the authenticator app, or a recovery code" });
const oneTimeToken = text({ min: 1, max: 200 });

export const Session = named(
  "Session",
  object({
    id: text({ max: LONGEST.sessionId }),
    user_agent: text({ max: LONGEST.userAgent }),
    ip: text({ max: LONGEST.ip }),
    created_at: time(),
    last_used_at: time(),
    expires_at: time(),
    current: bool({ about: "the one that asks" }),
  }),
);
export type Session = Infer<typeof Session>;

export const ApiToken = named(
  "ApiToken",
  object({
    id: text({ max: LONGEST.sessionId }),
    user_id: userId("whose it is: the caller's, or one of their bots'"),
    name: text({ max: 100 }),
    scopes: list(scope, { max: scopes.length }),
    created_at: time(),
    last_used_at: nullable(time()),
    expires_at: nullable(time()),
  }),
);
export type ApiToken = Infer<typeof ApiToken>;

export const usersActions = {
  "users.register": action({
    access: "anyone",
    about:
      "Makes an account and signs it in. CONFLICT when the e-mail is taken. FORBIDDEN where REGISTRATION is not open; " +
      "`details.required: invite` where an invitation helps.",
    params: object({
      username,
      email,
      password: newPassword(),
      invite: optional(text({ min: 1, max: 200, about: "the code of an invitation" })),
      device: optional(Device),
    }),
    result: Tokens,
    timeout: SLOW,
  }),
  "users.login": action({
    access: "anyone",
    about: "Signs in on a new device. With a second factor and no `code`: FORBIDDEN, `details.required` is `code`.",
    params: object({ email: text({ max: LONGEST.email }), password, code: optional(code), device: optional(Device) }),
    result: Tokens,
    timeout: SLOW,
  }),
  "users.refresh": action({
    access: "anyone",
    about: "Rotates the pair of tokens; the refresh token that was sent is dead, and used again ends its session.",
    params: object({ refreshToken: text({ max: LONGEST.refreshToken }), device: optional(Device) }),
    result: Tokens,
  }),
  "users.logout": action({ access: "user", about: "Ends this session.", params: nothing, result: nothing }),
  "users.logoutAll": action({
    access: "user",
    about: "Ends all of one's sessions, and all API tokens of oneself and one's bots.",
    params: nothing,
    result: nothing,
  }),
  "users.sessions": action({
    access: "user",
    about: "Devices signed in, last used first, up to 1,000.",
    params: nothing,
    result: list(Session, { max: MOST.sessions }),
  }),
  "users.endSession": action({
    access: "user",
    about: "Ends one of one's sessions.",
    params: object({ id: text({ max: LONGEST.sessionId }) }),
    result: nothing,
  }),
  "users.changePassword": action({
    access: "user",
    about: "Sets a new password, ends the other sessions and all API tokens. FORBIDDEN for a wrong current one.",
    params: object({ current: password, next: newPassword() }),
    result: nothing,
    timeout: SLOW,
  }),
  "users.forgotPassword": action({
    access: "anyone",
    about: "Mails a link to set a new password; the answer is the same for an unknown e-mail.",
    params: object({ email: text({ max: LONGEST.email }) }),
    result: nothing,
  }),
  "users.resetPassword": action({
    access: "anyone",
    about: "Sets a new password by a mailed token, once, and ends all sessions and API tokens.",
    params: object({ token: oneTimeToken, next: newPassword() }),
    result: nothing,
    timeout: SLOW,
  }),
  "users.sendVerification": action({
    access: "user",
    about: "Mails a link to verify one's e-mail. BAD_REQUEST where the mail server refuses the address.",
    params: nothing,
    result: nothing,
  }),
  "users.verifyEmail": action({
    access: "anyone",
    about: "Verifies an e-mail by a mailed token, once.",
    params: object({ token: oneTimeToken }),
    result: nothing,
  }),
  "users.beginTotp": action({
    access: "user",
    about: "Makes the secret of a second factor; it counts once confirmed.",
    params: object({ password }),
    result: object({
      secret: text({ max: 64 }),
      uri: text({ max: LONGEST.url, about: "for the QR code of an authenticator app" }),
    }),
    timeout: SLOW,
  }),
  "users.confirmTotp": action({
    access: "user",
    about: "Turns the second factor on. The recovery codes are shown this once.",
    params: object({ code }),
    result: object({ recoveryCodes: list(text({ max: 40 }), { max: MOST.recoveryCodes }) }),
  }),
  "users.endTotp": action({
    access: "user",
    about: "Turns the second factor off.",
    params: object({ password, code }),
    result: nothing,
    timeout: SLOW,
  }),
  "users.me": action({ access: "user", about: "One's own account.", params: nothing, result: User }),
  "users.get": action({ access: "user", about: "Anyone's public profile.", params: byId, result: PublicUser }),
  "users.batch": action({
    access: "user",
    about: "Public profiles of many at once, in the order asked for; unknown ids are left out.",
    params: object({ ids: list(userId(), { max: 200 }) }),
    result: list(PublicUser, { max: 200 }),
    idempotent: true,
  }),
  "users.update": action({
    access: "user",
    about: "Name, avatar, `custom`, and who may add one to groups; one's own, or anyone's for an admin.",
    params: object({
      id: optional(userId("oneself where left out")),
      username: optional(username),
      avatar_url: optional(nullable(picture())),
      group_invites: optional(groupInvites),
      custom: customChange(),
    }),
    result: User,
  }),
  "users.delete": action({
    access: "user",
    about:
      "Erases the profile and ends the sessions; messages stay under a deleted user. Oneself, one's bot, or an admin. With " +
      "`erase` what they wrote goes, too (see ACCOUNT_ERASURE).",
    params: object({ id: userId(), erase: optional(bool()) }),
    result: nothing,
  }),
  "users.export": action({
    access: "user",
    about: "What the accounts keep about the caller.",
    params: nothing,
    result: object({
      user: User,
      sessions: list(Session, { max: MOST.sessions }),
      blocked: list(Blocked, { max: MOST.blocks }),
      api_tokens: list(ApiToken, { max: MOST_TOKENS }),
      bots: list(PublicUser, { max: MOST.bots }),
    }),
  }),
  "users.search": action({
    access: "user",
    about: "By the beginnings of words of the name, without regard to case and accents.",
    params: object({ q: text({ min: 1, max: 100 }), limit, cursor }),
    result: pageOf(publicUserFields),
  }),
  "users.list": action({
    access: "admin",
    about: "All accounts, newest first.",
    params: object({
      limit,
      cursor,
      q: optional(
        text({ min: 1, max: 100, about: "those whose name has these beginnings of words, or whose address begins so" }),
      ),
      status: optional(oneOf(["active", "deactivated", "banned", "deleted"])),
      email: optional(text({ max: LONGEST.email, about: "those with this address alone" })),
      external_ids: optional(list(text({ max: 255 }), { max: 100, about: "those with one of these alone" })),
    }),
    result: pageOf(userFields),
  }),
  "users.grantRole": action({
    access: "admin",
    about: "Gives a role, at once.",
    params: object({ id: userId(), role }),
    result: User,
  }),
  "users.revokeRole": action({
    access: "admin",
    about: "Takes a role, at once. CONFLICT for the last admin.",
    params: object({ id: userId(), role }),
    result: User,
  }),
  "users.ban": action({
    access: "admin",
    about: "Shuts an account out and ends its sessions; with `until` it opens again by itself.",
    params: object({ id: userId(), until: optional(time()) }),
    result: User,
  }),
  "users.unban": action({ access: "admin", about: "Lets a banned account in again.", params: byId, result: User }),
  "users.apiTokens": action({
    access: "user",
    about: "API tokens of oneself and one's bots, without their secrets.",
    params: nothing,
    result: list(ApiToken, { max: MOST_TOKENS }),
  }),
  "users.createApiToken": action({
    access: "user",
    about:
      "Makes an API token, for oneself or for one of one's bots. It is shown this once. FORBIDDEN with " +
      "`details.required: password` where the session is older than ten minutes and no password is sent.",
    params: object({
      name: name({ min: 1, max: 100 }),
      scopes: list(scope, { min: 1, max: scopes.length, unique: true }),
      bot: optional(userId("the bot that speaks with it; oneself where left out")),
      expiresInDays: optional(int({ min: 1, max: 3650, about: "90 where left out" })),
      password: optional(password),
    }),
    result: object({ token: text({ max: 200 }), api_token: ApiToken }),
    timeout: SLOW,
  }),
  "users.revokeApiToken": action({
    access: "user",
    about: "Voids an API token at once.",
    params: object({ id: text({ max: LONGEST.sessionId }) }),
    result: nothing,
  }),
  "users.authenticate": action({
    access: "service",
    about: "Whom an API token speaks for. AUTH_INVALID for one that is not, or no longer, valid.",
    params: object({ token: text({ max: 200 }) }),
    result: object({
      userId: userId(),
      sessionId: text(),
      roles: list(role),
      scopes: list(scope),
      expiresAt: nullable(time()),
      at: time("the database's clock at this answer"),
      mutedUntil: optional(int({ about: "ms since 1970" })),
    }),
    idempotent: true,
  }),
  "users.recognise": action({
    access: "service",
    about:
      "Whom a verified token of a trusted issuer speaks for; the account is made or brought up to date where the token " +
      "was not seen before. AUTH_INVALID where its session has ended or the account is shut.",
    params: object({
      issuer: text({ max: 200 }),
      externalId: text({ min: 1, max: 255 }),
      sessionId: text({ min: 1, max: 32 }),
      issuedAt: time(),
      expiresAt: time(),
      names: list(text({ about: "the first one that can be a name is" })),
      email: optional(text({ about: "verified by the issuer" })),
      avatar: optional(text()),
    }),
    result: object({
      userId: userId(),
      roles: list(role),
      at: time("the database's clock at this answer"),
      mutedUntil: optional(int({ about: "ms since 1970" })),
    }),
    idempotent: true,
  }),
  "users.signInBy": action({
    access: "service",
    about:
      "Signs in whom a provider has signed in: by the identity, by an address that both sides have verified, or as somebody " +
      "new. CONFLICT where an account has the address unverified, FORBIDDEN where nobody new may come in.",
    params: object({
      issuer: text({ max: 500 }),
      subject: text({ min: 1, max: 255 }),
      names: list(text()),
      email: optional(text({ about: "verified by the provider" })),
      avatar: optional(text()),
      register: bool(),
      link: bool(),
      code: optional(code),
      device: optional(Device),
    }),
    result: Tokens,
  }),
  "users.bots": action({
    access: "user",
    about: "One's bots.",
    params: nothing,
    result: list(PublicUser, { max: MOST.bots }),
  }),
  "users.createBot": action({
    access: "user",
    about: "Makes a user without e-mail and password, who speaks through API tokens only.",
    params: object({ username }),
    result: PublicUser,
  }),
  "users.profiles": action({
    access: "service",
    about: "Public profiles by id, in one query; unknown ids are left out.",
    params: object({ ids: list(userId(), { max: 5000 }) }),
    result: list(PublicUser),
    idempotent: true,
  }),
  "users.mailable": action({
    access: "service",
    about: "Where mail for an account goes; null where it has no verified address, or is not active.",
    params: object({ userId: userId() }),
    result: nullable(object({ email: text({ max: LONGEST.email }), username: text() })),
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
    about: "Blocks a user; silent to them. CONFLICT beyond 10,000 of them.",
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
    result: list(Blocked, { max: MOST.blocks }),
    idempotent: true,
  }),
  "users.blocksBetween": action({
    access: "service",
    about:
      "Who of `others` has blocked the user, and whom of them the user has blocked; which of them exist, and which let " +
      "only acquaintances add them to groups.",
    params: object({ userId: userId(), others: list(userId(), { max: 5000 }) }),
    result: object({
      blockedBy: list(userId()),
      blocking: list(userId()),
      existing: list(userId()),
      reserved: list(userId()),
    }),
    idempotent: true,
  }),
  "users.blocksOf": action({
    access: "service",
    about: "Who has blocked the user, and whom the user has blocked.",
    params: object({ userId: userId() }),
    result: object({ blockedBy: list(userId()), blocking: list(userId()) }),
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
