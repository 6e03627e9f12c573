/** The kinds of facts that a webhook can take, by what they are about. */
import { type RouteResult } from "moleculer-chat-client";

export type FactKind = RouteResult<"GET /admin/webhooks">[number]["facts"][number];

/** An object, so that the compiler names one that is missing. */
const all: Readonly<Record<FactKind, true>> = {
  "message.created": true,
  "message.updated": true,
  "message.deleted": true,
  "message.reacted": true,
  "message.pinned": true,
  "message.read": true,
  "conversation.created": true,
  "conversation.updated": true,
  "conversation.deleted": true,
  "member.added": true,
  "member.removed": true,
  "member.updated": true,
  "member.role": true,
  "group_invite.created": true,
  "system.broadcast": true,
  "user.created": true,
  "user.updated": true,
  "user.role": true,
  "user.deactivated": true,
  "user.reactivated": true,
  "user.deleted": true,
  "session.started": true,
  "session.ended": true,
  "token.created": true,
  "token.revoked": true,
  "upload.stored": true,
  "upload.removed": true,
  "moderation.reported": true,
  "moderation.decided": true,
  "moderation.warned": true,
  "moderation.muted": true,
  "moderation.unmuted": true,
  "moderation.banned": true,
  "moderation.unbanned": true,
  "moderation.locked": true,
};

export const factKinds = Object.keys(all) as FactKind[];
