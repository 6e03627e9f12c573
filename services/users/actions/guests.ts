/** Guests of a conversation. */
import { call } from "../../../platform/bus";
import { act } from "../../../platform/service";
import { contextOf } from "../context";
import { makeGuest } from "../guests";
import { mustBeAdmin } from "../roles";

export const guestActions = {
  makeGuest: act("users.makeGuest", async function (caller, { conversationId, username, expiresInHours }, ctx) {
    const context = contextOf(this);
    // Its tokens go to who asks: a backend that has let the guest in, or somebody who may make accounts anyway.
    if (!caller.server) await context.db.work((tx) => mustBeAdmin(context, tx, caller));
    return makeGuest(context, { conversationId, username, hours: expiresInHours }, (userId) =>
      call(ctx, "chat.addMember", { conversationId, userId }),
    );
  }),
};
