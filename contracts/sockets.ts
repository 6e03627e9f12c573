/** The Socket.IO vocabulary: client event -> action, and what the server emits. realtime contract in docs/realtime.md. */
import { customShown } from "./custom";
import { type ActionName } from "./actions";
import {
  actorId,
  bool,
  id,
  int,
  list,
  map,
  nullable,
  object,
  optional,
  type Infer,
  type Schema,
  text,
  time,
  userId,
  anything,
} from "./schema";
import { Reminder, ScheduledMessage } from "./chat/later";
import { Conversation, Delivery, Message, messageStatus, Notification, WireErrorShape } from "./shapes";

export type Namespace = "/chat" | "/notifications";

export interface ClientEvent {
  /** Fulfilled by this action; `door` marks the few that concern the socket itself. */
  readonly action: ActionName | "door";
  readonly params?: Schema<unknown>;
}

/** Client to server. The ack's `data` is the action's result unless the door says otherwise. */
export const clientEvents = {
  "/chat": {
    "conversation:join": { action: "chat.join" },
    "conversation:leave": { action: "door", params: object({ conversationId: id() }) },
    "conversation:list": { action: "chat.list" },
    "conversation:get": { action: "chat.get" },
    "conversation:create": { action: "chat.create" },
    "conversation:delete": { action: "chat.delete" },
    "conversation:members": { action: "chat.members" },
    "conversation:discover": { action: "chat.discover" },
    "conversation:enter": { action: "chat.enter" },
    "conversation:open-link": { action: "chat.openLink" },
    "conversation:links": { action: "chat.links" },
    "conversation:create-link": { action: "chat.createLink" },
    "conversation:revoke-link": { action: "chat.revokeLink" },
    "conversation:join-requests": { action: "chat.joinRequests" },
    "conversation:answer-request": { action: "chat.answerRequest" },
    "conversation:hooks": { action: "chat.hooks" },
    "conversation:create-hook": { action: "chat.createHook" },
    "conversation:revoke-hook": { action: "chat.revokeHook" },
    "conversation:add-member": { action: "chat.addMember" },
    "conversation:remove-member": { action: "chat.removeMember" },
    "conversation:mark-read": { action: "chat.markRead" },
    "conversation:accept": { action: "chat.accept" },
    "conversation:decline": { action: "chat.decline" },
    "conversation:update": { action: "chat.update" },
    "conversation:update-member": { action: "chat.updateMember" },
    "conversation:promote-moderator": { action: "chat.promote" },
    "conversation:demote-moderator": { action: "chat.demote" },
    "conversation:transfer-admin": { action: "chat.transfer" },
    "conversation:mute": { action: "chat.mute" },
    "conversation:pin": { action: "chat.pin" },
    "conversation:hide": { action: "chat.hide" },
    "conversation:draft": { action: "chat.draft" },
    "conversation:clear": { action: "chat.clear" },
    "message:send": { action: "chat.send" },
    "message:forward": { action: "chat.forward" },
    "message:schedule": { action: "chat.schedule" },
    "message:schedules": { action: "chat.scheduled" },
    "message:reschedule": { action: "chat.reschedule" },
    "message:unschedule": { action: "chat.unschedule" },
    "message:edit": { action: "chat.edit" },
    "message:list": { action: "chat.messages" },
    "message:search": { action: "chat.search" },
    "message:status:update": { action: "chat.setStatus" },
    "message:status:get": { action: "chat.status" },
    "message:unread-count": { action: "chat.unread" },
    "message:delete": { action: "chat.deleteMessage" },
    "message:read": { action: "chat.read" },
    "message:delivered": { action: "chat.delivered" },
    "messages:mark-read": { action: "chat.readMany" },
    "message:react": { action: "chat.react" },
    "message:unreact": { action: "chat.unreact" },
    "message:pin": { action: "chat.pinMessage" },
    "message:unpin": { action: "chat.unpinMessage" },
    "message:pins": { action: "chat.pins" },
    "poll:vote": { action: "chat.vote" },
    "poll:own": { action: "chat.ownVote" },
    "poll:close": { action: "chat.closePoll" },
    "message:save": { action: "chat.saveMessage" },
    "message:unsave": { action: "chat.unsaveMessage" },
    "message:saves": { action: "chat.saved" },
    "message:thread": { action: "chat.thread" },
    "message:thread-summary": { action: "chat.threadSummaries" },
    "message:follow": { action: "chat.followThread" },
    "message:history": { action: "chat.history" },
    "reminder:create": { action: "chat.remind" },
    "reminder:list": { action: "chat.reminders" },
    "reminder:delete": { action: "chat.forgetReminder" },
    "presence:get": { action: "chat.presence" },
    "user:block": { action: "users.block" },
    "user:unblock": { action: "users.unblock" },
    "user:blocked": { action: "users.blocked" },
    sync: { action: "chat.sync" },
    typing: { action: "chat.typing" },
    "event:send": { action: "chat.sendEvent" },
    "auth:renew": { action: "door", params: object({ token: text({ max: 8192 }) }) },
  },
  "/notifications": {
    "notification:list": { action: "notifications.list" },
    "notification:get": { action: "notifications.get" },
    "notification:read": { action: "notifications.read" },
    "notification:read-all": { action: "notifications.readAll" },
    "notification:delete": { action: "notifications.delete" },
    "notification:preferences": { action: "notifications.preferences" },
    "notification:explain": { action: "notifications.explain" },
    "notification:ping": { action: "notifications.ping" },
    "auth:renew": { action: "door", params: object({ token: text({ max: 8192 }) }) },
  },
} as const satisfies Record<Namespace, Record<string, ClientEvent>>;

const conversationId = id();
const ofMember = object({ conversationId, userId: userId(), actorId: userId() });
const withConversation = object({ conversationId, conversation: Conversation });
const errorEvent = object({ code: text(), message: text(), event: optional(text()), details: optional(anything()) });

/** Server to client. */
export const serverEvents = {
  "/chat": {
    "message:created": Message,
    "message:updated": Message,
    "message:deleted": object({ messageId: id(), conversationId, seq: int() }),
    "message:status": object({
      messageId: id(),
      conversationId,
      userId: userId(),
      status: messageStatus,
      timestamp: time(),
      deliveryInfo: list(Delivery),
    }),
    "message:reaction": object({
      messageId: id(),
      conversationId,
      userId: userId(),
      emoji: text(),
      added: bool(),
      counts: map(int({ min: 0 })),
      version: int({ min: 1, about: "of the message with it" }),
    }),
    "message:saved": object({ messageId: id(), conversationId, saved_at: nullable(time()) }),
    "message:scheduled": ScheduledMessage,
    "message:unscheduled": object({
      scheduledId: id(),
      conversationId,
      messageId: nullable(id("of the message that it has become; null where it was taken back")),
    }),
    "reminder:created": Reminder,
    "reminder:deleted": object({ reminderId: id() }),
    "conversation:created": withConversation,
    "conversation:updated": object({ conversationId, changes: map(anything()), actorId: actorId() }),
    "conversation:deleted": object({ conversationId }),
    "conversation:member-added": ofMember,
    "conversation:member-removed": ofMember,
    "conversation:member-updated": object({
      conversationId,
      userId: userId(),
      custom: customShown(),
      actorId: userId(),
    }),
    "conversation:join-requested": object({ conversationId, userId: userId() }),
    "conversation:join-answered": object({ conversationId, userId: userId(), approved: bool() }),
    "conversation:invited": withConversation,
    "conversation:read": object({ conversationId, userId: userId(), timestamp: time(), seq: int() }),
    "request:accepted": object({ conversationId, acceptedBy: userId() }),
    "request:declined": object({ conversationId, declinedBy: userId() }),
    event: object({ conversationId, userId: userId(), name: text(), data: anything() }),
    typing: object({ conversationId, userId: userId(), isTyping: bool() }),
    presence: object({ userId: userId(), online: bool(), lastSeen: nullable(time()) }),
    error: errorEvent,
  },
  "/notifications": {
    "notification:created": Notification,
    "notification:updated": Notification,
    "notification:read": object({ notificationId: id(), is_read: bool() }),
    "notification:deleted": object({ notificationId: id() }),
    "notification:count": object({ count: int({ min: 0 }) }),
    pong: object({ timestamp: time() }),
    error: errorEvent,
  },
} as const satisfies Record<Namespace, Record<string, Schema<unknown>>>;

export type ServerEvents<N extends Namespace = "/chat"> = {
  [E in keyof (typeof serverEvents)[N]]: Infer<(typeof serverEvents)[N][E]>;
};

/** Every ack: `{ok:true,data}` or `{ok:false,error}`. */
export const AckFailure = object({ ok: bool(), error: WireErrorShape });
