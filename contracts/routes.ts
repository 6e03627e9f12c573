/** The REST doors: method and path -> action. The envelope and the errors are the same everywhere. */
import { type ActionName } from "./actions";
import { list, type Schema } from "./schema";
import { UploadedFile } from "./shapes";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly action: ActionName;
  /** Of a success; 200 where left out. */
  readonly status?: number;
  /** Header -> parameter that it fills. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters that the route itself fixes; to undefined: that it does not take. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** The body as a whole is this one parameter. */
  readonly into?: string;
  /** The body is a multipart form with at most `max` files in `field`: a door of its own reads it as a stream. */
  readonly form?: { readonly field: string; readonly max: number };
  /** The answer is a file's bytes, not an envelope: a door of its own sends them. */
  readonly bytes?: true;
  /** Where the query has this name, this action answers instead. */
  readonly given?: { readonly query: string; readonly action: ActionName };
  /** What is answered, where that is not the action's result. */
  readonly result?: Schema<unknown>;
}

export const routes: readonly Route[] = [
  { method: "POST", path: "/auth/register", action: "users.register", status: 201 },
  { method: "POST", path: "/auth/login", action: "users.login" },
  { method: "POST", path: "/auth/refresh", action: "users.refresh" },
  { method: "POST", path: "/auth/logout", action: "users.logout" },
  { method: "POST", path: "/auth/logout-all", action: "users.logoutAll" },
  { method: "GET", path: "/auth/sessions", action: "users.sessions" },
  { method: "DELETE", path: "/auth/sessions/:id", action: "users.endSession" },
  { method: "POST", path: "/auth/password", action: "users.changePassword" },
  { method: "POST", path: "/auth/password/forgot", action: "users.forgotPassword" },
  { method: "POST", path: "/auth/password/reset", action: "users.resetPassword" },
  { method: "POST", path: "/auth/email/verification", action: "users.sendVerification" },
  { method: "POST", path: "/auth/email/verify", action: "users.verifyEmail" },
  { method: "POST", path: "/auth/totp", action: "users.beginTotp" },
  { method: "POST", path: "/auth/totp/confirm", action: "users.confirmTotp" },
  { method: "DELETE", path: "/auth/totp", action: "users.endTotp" },
  { method: "GET", path: "/auth/tokens", action: "users.apiTokens" },
  { method: "POST", path: "/auth/tokens", action: "users.createApiToken", status: 201 },
  { method: "DELETE", path: "/auth/tokens/:id", action: "users.revokeApiToken" },
  { method: "GET", path: "/users", action: "users.list", given: { query: "ids", action: "users.batch" } },
  { method: "POST", path: "/users/batch", action: "users.batch" },
  { method: "GET", path: "/users/me", action: "users.me" },
  { method: "GET", path: "/users/me/blocks", action: "users.blocked" },
  { method: "PUT", path: "/users/me/blocks/:userId", action: "users.block" },
  { method: "DELETE", path: "/users/me/blocks/:userId", action: "users.unblock" },
  { method: "GET", path: "/users/me/bots", action: "users.bots" },
  { method: "POST", path: "/users/me/bots", action: "users.createBot", status: 201 },
  { method: "GET", path: "/users/me/export", action: "users.export" },
  { method: "GET", path: "/users/search", action: "users.search" },
  { method: "GET", path: "/users/:id", action: "users.get" },
  { method: "PATCH", path: "/users/me", action: "users.update", fixed: { id: undefined } },
  { method: "PUT", path: "/users/me", action: "users.update", fixed: { id: undefined } },
  { method: "PATCH", path: "/users/:id", action: "users.update" },
  { method: "PUT", path: "/users/:id", action: "users.update" },
  { method: "DELETE", path: "/users/:id", action: "users.delete" },
  { method: "POST", path: "/users/:id/roles", action: "users.grantRole" },
  { method: "DELETE", path: "/users/:id/roles/:role", action: "users.revokeRole" },
  { method: "POST", path: "/users/:id/ban", action: "users.ban" },
  { method: "DELETE", path: "/users/:id/ban", action: "users.unban" },
  {
    method: "POST",
    path: "/upload/single",
    action: "uploads.confirm",
    status: 201,
    form: { field: "file", max: 1 },
    result: UploadedFile,
  },
  {
    method: "POST",
    path: "/upload/multiple",
    action: "uploads.confirm",
    status: 201,
    form: { field: "files", max: 10 },
    result: list(UploadedFile),
  },
  { method: "DELETE", path: "/upload", action: "uploads.delete" },
  { method: "GET", path: "/files/:id", action: "uploads.open", bytes: true },
  { method: "POST", path: "/files/:id/link", action: "uploads.link" },

  { method: "GET", path: "/conversations", action: "chat.list" },
  {
    method: "POST",
    path: "/conversations",
    action: "chat.create",
    status: 201,
    headers: { "Idempotency-Key": "clientId" },
  },
  { method: "GET", path: "/conversations/unread", action: "chat.unread" },
  { method: "GET", path: "/conversations/:conversationId", action: "chat.get" },
  { method: "PATCH", path: "/conversations/:conversationId", action: "chat.update" },
  { method: "DELETE", path: "/conversations/:conversationId", action: "chat.delete" },
  { method: "GET", path: "/conversations/:conversationId/members", action: "chat.members" },
  { method: "POST", path: "/conversations/:conversationId/members", action: "chat.addMember", status: 201 },
  { method: "DELETE", path: "/conversations/:conversationId/members/:userId", action: "chat.removeMember" },
  { method: "PATCH", path: "/conversations/:conversationId/members/:userId", action: "chat.updateMember" },
  { method: "POST", path: "/conversations/:conversationId/moderators", action: "chat.promote", status: 201 },
  { method: "DELETE", path: "/conversations/:conversationId/moderators/:userId", action: "chat.demote" },
  { method: "POST", path: "/conversations/:conversationId/admin", action: "chat.transfer" },
  { method: "POST", path: "/conversations/:conversationId/accept", action: "chat.accept" },
  { method: "POST", path: "/conversations/:conversationId/decline", action: "chat.decline" },
  { method: "PUT", path: "/conversations/:conversationId/mute", action: "chat.mute" },
  { method: "PUT", path: "/conversations/:conversationId/pin", action: "chat.pin" },
  { method: "PUT", path: "/conversations/:conversationId/hide", action: "chat.hide" },
  { method: "POST", path: "/conversations/:conversationId/clear", action: "chat.clear" },
  { method: "POST", path: "/conversations/:conversationId/events", action: "chat.sendEvent" },
  { method: "POST", path: "/conversations/:conversationId/read", action: "chat.markRead" },
  { method: "GET", path: "/conversations/:conversationId/pins", action: "chat.pins" },
  { method: "GET", path: "/conversations/:conversationId/messages", action: "chat.messages" },
  {
    method: "POST",
    path: "/conversations/:conversationId/messages",
    action: "chat.send",
    status: 201,
    headers: { "Idempotency-Key": "clientId" },
  },
  { method: "GET", path: "/messages/search", action: "chat.search" },
  { method: "POST", path: "/messages/read", action: "chat.readMany" },
  { method: "GET", path: "/messages/:messageId", action: "chat.message" },
  { method: "PATCH", path: "/messages/:messageId", action: "chat.edit" },
  { method: "DELETE", path: "/messages/:messageId", action: "chat.deleteMessage" },
  { method: "GET", path: "/messages/:messageId/status", action: "chat.status" },
  { method: "PUT", path: "/messages/:messageId/status", action: "chat.setStatus" },
  { method: "GET", path: "/messages/:messageId/thread", action: "chat.thread" },
  { method: "GET", path: "/messages/:messageId/history", action: "chat.history" },
  {
    method: "POST",
    path: "/messages/:messageId/forward",
    action: "chat.forward",
    status: 201,
    headers: { "Idempotency-Key": "clientId" },
  },
  { method: "POST", path: "/messages/:messageId/reactions", action: "chat.react", status: 201 },
  { method: "DELETE", path: "/messages/:messageId/reactions/:emoji", action: "chat.unreact" },
  { method: "PUT", path: "/messages/:messageId/pin", action: "chat.pinMessage" },
  { method: "DELETE", path: "/messages/:messageId/pin", action: "chat.unpinMessage" },
  { method: "POST", path: "/sync", action: "chat.sync" },
  { method: "POST", path: "/presence", action: "chat.presence" },
  { method: "GET", path: "/notifications", action: "notifications.list" },
  { method: "GET", path: "/notifications/unread/count", action: "notifications.count" },
  // A GET changes nothing, whatever its query or its body holds.
  { method: "GET", path: "/notifications/preferences", action: "notifications.preferences", fixed: { set: undefined } },
  { method: "PUT", path: "/notifications/preferences", action: "notifications.preferences", into: "set" },
  { method: "POST", path: "/notifications/broadcast", action: "notifications.broadcast", status: 201 },
  { method: "GET", path: "/notifications/explain/:messageId", action: "notifications.explain" },
  { method: "GET", path: "/notifications/push/key", action: "notifications.pushKey" },
  { method: "POST", path: "/notifications/push/subscriptions", action: "notifications.subscribe", status: 201 },
  { method: "DELETE", path: "/notifications/push/subscriptions", action: "notifications.unsubscribe" },
  { method: "GET", path: "/admin/webhooks", action: "notifications.webhooks" },
  { method: "POST", path: "/admin/webhooks", action: "notifications.addWebhook", status: 201 },
  { method: "DELETE", path: "/admin/webhooks/:webhookId", action: "notifications.removeWebhook" },
  { method: "POST", path: "/admin/webhooks/:webhookId/replay", action: "notifications.replayWebhook" },
  { method: "GET", path: "/admin/webhooks/:webhookId/failures", action: "notifications.webhookFailures" },
  { method: "GET", path: "/admin/dead-letters", action: "notifications.deadLetters" },
  { method: "POST", path: "/admin/dead-letters/replay", action: "notifications.replay" },
  { method: "POST", path: "/notifications/read-all", action: "notifications.readAll" },
  { method: "GET", path: "/notifications/:notificationId", action: "notifications.get" },
  { method: "POST", path: "/notifications/:notificationId/read", action: "notifications.read" },
  { method: "DELETE", path: "/notifications/:notificationId", action: "notifications.delete" },
  { method: "GET", path: "/admin/overview", action: "api.overview" },
  { method: "POST", path: "/admin/backup", action: "users.dump" },
  { method: "POST", path: "/admin/import/users", action: "users.takeIn" },
  { method: "GET", path: "/admin/import/conversations/:conversationId", action: "chat.takenIn" },
  { method: "POST", path: "/admin/import/conversations/:conversationId", action: "chat.takeInConversation" },
  { method: "POST", path: "/admin/import/conversations/:conversationId/messages", action: "chat.takeInMessages" },
  { method: "GET", path: "/admin/export/conversations", action: "chat.giveOut" },
  { method: "GET", path: "/admin/export/conversations/:conversationId/messages", action: "chat.giveOutMessages" },
  // Before those with an id: a path that begins with `external` has none.
  { method: "GET", path: "/admin/users/external/:externalId", action: "users.find" },
  { method: "PUT", path: "/admin/users/external/:externalId", action: "users.put" },
  { method: "GET", path: "/admin/users", action: "users.list" },
  { method: "POST", path: "/admin/users", action: "users.create", status: 201 },
  { method: "PATCH", path: "/admin/users/:id", action: "users.change" },
  { method: "DELETE", path: "/admin/users/:id", action: "users.delete" },
  { method: "POST", path: "/admin/users/:id/tokens", action: "users.mint", status: 201 },
  { method: "DELETE", path: "/admin/users/:id/tokens", action: "users.revokeAll" },
  { method: "DELETE", path: "/admin/users/:id/tokens/:sessionId", action: "users.endSessionOf" },
  { method: "GET", path: "/admin/users/:id/sessions", action: "users.sessionsOf" },
  { method: "DELETE", path: "/admin/users/:id/sessions", action: "users.revokeAll" },
  { method: "GET", path: "/admin/users/:id/export", action: "users.exportOf" },
];
