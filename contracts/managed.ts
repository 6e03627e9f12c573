/** Accounts that another system keeps: made, kept up to date and spoken for by its server key, or by an admin. */
import { action } from "./action";
import { customChange } from "./custom";
import { emailAddress } from "./email";
import { accountName, bool, int, list, nothing, nullable, object, optional, picture, text, userId } from "./schema";
import { role, User } from "./shapes";
import { Tokens } from "./users";

export const externalId = text({ min: 1, max: 255, about: "the account's key in your system" });
const username = accountName();
const email = optional(nullable(emailAddress()));
const email_verified = optional(bool({ about: "that you know it to be theirs; false where left out" }));
const avatar_url = optional(nullable(picture()));

export const managedActions = {
  "users.create": action({
    access: "admin",
    about: "Makes an account without a password. CONFLICT where `external_id` or the e-mail is taken.",
    params: object({
      external_id: optional(externalId),
      username,
      email,
      email_verified,
      avatar_url,
      custom: customChange(),
    }),
    result: User,
  }),
  "users.put": action({
    access: "admin",
    about:
      "Makes the account with this `external_id`, or brings it up to date. CONFLICT where the e-mail is another's.",
    params: object({ externalId, username, email, email_verified, avatar_url, custom: customChange() }),
    result: User,
    idempotent: true,
  }),
  "users.find": action({
    access: "admin",
    about: "The account with this `external_id`.",
    params: object({ externalId }),
    result: User,
    idempotent: true,
  }),
  "users.change": action({
    access: "admin",
    about:
      "Changes an account; what is left out stays. CONFLICT where `external_id` or the e-mail is another's, FORBIDDEN to admins who are no server key for these two.",
    params: object({
      id: userId(),
      external_id: optional(nullable(externalId)),
      username: optional(username),
      email,
      email_verified,
      avatar_url,
      custom: customChange(),
    }),
    result: User,
    idempotent: true,
  }),
  "users.mint": action({
    access: "admin",
    about: "Opens a session for a user whom your system has signed in. For server keys alone: FORBIDDEN to admins.",
    params: object({ id: userId() }),
    result: Tokens,
  }),
  "users.endSessionOf": action({
    access: "admin",
    about: "Ends one session of a user, at once.",
    params: object({ id: userId(), sessionId: text({ min: 1, max: 64 }) }),
    result: nothing,
  }),
  "users.standIn": action({
    access: "service",
    about: "For whom a server key speaks: by id or by `external_id`. NOTFOUND, or FORBIDDEN where the account is shut.",
    params: object({ id: optional(userId()), externalId: optional(externalId) }),
    result: object({
      userId: userId(),
      roles: list(role),
      guestOf: optional(text()),
      mutedUntil: optional(int({ about: "ms since 1970" })),
    }),
    idempotent: true,
  }),
};
