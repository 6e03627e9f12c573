/** Who may make an account by themselves: everybody, the invited, nobody. */
import { action } from "./action";
import { emailAddress } from "./email";
import { LONGEST, MOST } from "./most";
import { type Infer, int, list, named, nothing, nullable, object, oneOf, optional, text, time, userId } from "./schema";
import { role, User } from "./shapes";

export const Invitation = named(
  "Invitation",
  object({
    id: text({ max: LONGEST.sessionId }),
    email: nullable(
      text({ max: LONGEST.email, about: "the one address that it is for; null for whoever has the link" }),
    ),
    role,
    uses: int({ min: 1, about: "how many accounts it is good for" }),
    used: int({ min: 0 }),
    created_by: userId("0 for a server key"),
    created_at: time(),
    expires_at: time(),
  }),
);
export type Invitation = Infer<typeof Invitation>;

export const invitationActions = {
  "users.entrance": action({
    access: "anyone",
    about: "Who may make an account: for the page that offers it.",
    params: nothing,
    result: object({
      registration: oneOf(["open", "invite", "closed"]),
      providers: list(object({ id: text({ max: 32 }), name: text({ max: 200 }) }), {
        max: 20,
        about: "where else one may sign in: `/oidc/<id>`",
      }),
    }),
    idempotent: true,
  }),
  "users.invite": action({
    access: "admin",
    about:
      "Makes an invitation. To an `email` it is mailed, for one use, and the account that comes of it has this address " +
      "verified; without one `code` and `link` are answered, this once.",
    params: object({
      email: optional(emailAddress()),
      uses: int({ min: 1, max: 10_000, default: 1 }),
      expiresInDays: int({ min: 1, max: 365, default: 7 }),
      role: optional(role),
    }),
    result: object({
      invitation: Invitation,
      code: optional(text({ max: 200 })),
      link: optional(text({ max: LONGEST.url })),
    }),
    timeout: 30_000,
  }),
  "users.invitations": action({
    access: "admin",
    about: "Invitations that may still be used, newest first.",
    params: nothing,
    result: list(Invitation, { max: MOST.invitations }),
    idempotent: true,
  }),
  "users.revokeInvitation": action({
    access: "admin",
    about: "Voids an invitation; accounts that came of it stay.",
    params: object({ id: text({ max: LONGEST.sessionId }) }),
    result: nothing,
  }),
  "users.deactivate": action({
    access: "admin",
    about:
      "Shuts an account without blame, who has left for instance, and ends its sessions. CONFLICT for the last admin.",
    params: object({ id: userId() }),
    result: User,
  }),
  "users.reactivate": action({
    access: "admin",
    about: "Opens a deactivated account again; a ban stays.",
    params: object({ id: userId() }),
    result: User,
  }),
};
