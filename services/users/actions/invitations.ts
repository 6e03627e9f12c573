/** Invitations: made, listed and revoked by admins. */
import { fail } from "../../../contracts/errors";
import { providersOf } from "../../../platform/issuers/providers";
import { act } from "../../../platform/service";
import { record } from "../audit";
import { contextOf } from "../context";
import { dropInvitation, invitations, makeInvitation } from "../invitations";
import { inviteLink, inviteMail } from "../mailer";
import { mustBeAdmin } from "../roles";

export const invitationActions = {
  entrance: act("users.entrance", function () {
    const { env } = contextOf(this);
    return { registration: env.REGISTRATION, providers: providersOf(env).map(({ id, name }) => ({ id, name })) };
  }),

  invite: act("users.invite", async function (caller, { email, uses, expiresInDays: days, role = "user" }, { meta }) {
    const context = contextOf(this);
    const { invitation, code } = await context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const made = await makeInvitation(context, tx, { email, uses, days, role, by: caller.userId });
      const told = { target: `invitation:${made.invitation.id}`, details: { role } };
      await record(context, tx, meta, { event: "invitation.made", ...told });
      return made;
    });
    if (email === undefined) return { invitation, code, link: inviteLink(context.env, code) };
    try {
      await context.mailer.send(inviteMail(context.env, email, code, invitation.expires_at));
    } catch (error) {
      await context.db.work((tx) => dropInvitation(context, tx, invitation.id)); // nobody has its code
      throw error;
    }
    return { invitation };
  }),

  invitations: act("users.invitations", function (caller) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      return invitations(context, tx);
    });
  }),

  revokeInvitation: act("users.revokeInvitation", function (caller, { id }, { meta }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      if (!(await dropInvitation(context, tx, id))) throw fail("NOTFOUND", "There is no such invitation.");
      await record(context, tx, meta, { event: "invitation.revoked", target: `invitation:${id}` });
      return {};
    });
  }),
};
