/** Facts in, notifications out: the `notifications` service. */
import { action } from "./action";
import { located } from "./api";
import { event } from "./event";
import { LONGEST, MOST } from "./most";
import {
  anything,
  bool,
  either,
  exactly,
  id,
  type Infer,
  int,
  list,
  map,
  named,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  outwardUrl,
  text,
  time,
  userId,
} from "./schema";
import { ListedNotification, Notification } from "./shapes";
import { changedMailWish, mailStates, MailWish } from "./unread-mail";

const notificationId = id();
const limit = int({ min: 1, max: 100, default: 20 });
const hour = text({ max: 5, pattern: /^([01]\d|2[0-3]):[0-5]\d$/, about: "HH:MM" });
const level = oneOf(["all", "mentions", "none"]);

export const Preferences = named(
  "Preferences",
  object({
    types: object({ message: bool(), group_invite: bool(), system: bool() }),
    dnd: nullable(object({ from: hour, to: hour, timezone: text({ max: 64 }) })),
    conversations: map(level, { keys: /^[0-9a-f]{24}$/, max: MOST.namedConversations }),
    mail: optional(MailWish),
  }),
);
export type Preferences = Infer<typeof Preferences>;

export const DeadLetter = named(
  "DeadLetter",
  object({
    id: text({ max: 128 }),
    fact: text({ max: 128 }),
    group: text({ max: 128 }),
    error: text({ max: LONGEST.errorMessage }),
    attempts: int(),
    diedAt: time(),
    payload: anything(),
  }),
);

/** Why there is a notification of a message, or why there is none. */
export const reasons = [
  "made",
  "waiting",
  "pending",
  "type_off",
  "conversation_off",
  "muted",
  "mentions_only",
  "large_group",
  "own_message",
  "system_message",
  "read",
] as const;

const setPreferences = object({
  types: optional(object({ message: optional(bool()), group_invite: optional(bool()), system: optional(bool()) })),
  dnd: optional(nullable(object({ from: hour, to: hour, timezone: text({ max: 64 }) }))),
  conversations: optional(map(level, { keys: /^[0-9a-f]{24}$/, max: MOST.namedConversations })),
  mail: optional(changedMailWish),
});

const device = object({
  service: oneOf(["fcm", "apns"]),
  token: text({ min: 20, max: 2000, pattern: /^[\w:.-]+$/, about: "of FCM, or of APNs in hex" }),
});

export const notificationsActions = {
  "notifications.list": action({
    access: "user",
    about:
      "One's notifications, newest first; `before` is a time, or the last one's id. Where several have the time of a " +
      "page's last one, they all are on it, beyond `limit`. With `group` one entry for each " +
      "conversation: its newest one, with how many it stands for.",
    params: object({
      unreadOnly: optional(bool()),
      group: optional(bool()),
      limit,
      before: optional(either(id(), time())),
    }),
    result: list(ListedNotification, { max: 100 + MOST.tied }),
    idempotent: true,
  }),
  "notifications.get": action({
    access: "user",
    about: "One of one's own.",
    params: object({ notificationId }),
    result: Notification,
    idempotent: true,
  }),
  "notifications.count": action({
    access: "user",
    about: "The badge.",
    params: nothing,
    result: object({ count: int({ min: 0 }) }),
    idempotent: true,
  }),
  "notifications.read": action({
    access: "user",
    about: "Marks one read.",
    params: object({ notificationId }),
    result: Notification,
    idempotent: true,
  }),
  "notifications.readAll": action({
    access: "user",
    about: "Marks all read.",
    params: nothing,
    result: object({ count: int({ min: 0 }) }),
    idempotent: true,
  }),
  "notifications.delete": action({
    access: "user",
    about: "Deletes one.",
    params: object({ notificationId }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.preferences": action({
    access: "user",
    about: "Reads the preferences, or changes those that are `set`.",
    params: object({ set: optional(setPreferences) }),
    result: Preferences,
    idempotent: true,
  }),
  "notifications.ping": action({
    access: "user",
    about: "Answered by `pong`.",
    params: object({ action: exactly("ping") }),
    result: object({ timestamp: time() }),
    idempotent: true,
  }),
  "notifications.explain": action({
    access: "user",
    about: "Why the caller got a notification of a message, or why not, by what holds now.",
    params: object({ messageId: id() }),
    result: object({
      notification: nullable(Notification),
      reason: oneOf(reasons),
      quiet: bool({ about: "within the do-not-disturb hours: stored and counted, not announced" }),
      mail: optional(object({ state: oneOf(mailStates), at: nullable(time("when it goes out, or went")) })),
    }),
    idempotent: true,
  }),
  "notifications.notice": action({
    access: "service",
    about: "A notification of the system for one user; the same `factId` again makes none.",
    params: object({
      factId: id(),
      userId: userId(),
      title: text({ max: 200 }),
      content: text({ max: 4000 }),
      at: time(),
    }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.broadcast": action({
    access: "admin",
    about: "A word to every user there is now; goes out as `system.broadcast`.",
    audit: { event: "broadcast.sent", details: ["title"] },
    params: object({ title: text({ min: 1, max: 255, trim: true }), content: text({ min: 1, max: 4000, trim: true }) }),
    result: object({ broadcastId: id(), at: time() }),
  }),
  "notifications.pushKey": action({
    access: "user",
    about: "The key that a browser subscribes to Web Push with; null where pushes are off.",
    params: nothing,
    result: object({ publicKey: nullable(text({ max: 128 })) }),
    idempotent: true,
  }),
  "notifications.subscribe": action({
    access: "user",
    about: "Pushes to this browser from now on; the fields of a PushSubscription.",
    params: object({
      endpoint: outwardUrl(),
      keys: object({
        p256dh: text({ max: 88, pattern: /^[\w-]{87}=?$/, about: "65 bytes in base64url" }),
        auth: text({ max: 24, pattern: /^[\w-]{22}(==)?$/, about: "16 bytes in base64url" }),
      }),
    }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.pushServices": action({
    access: "user",
    about: "Which push services are set up here: Web Push for browsers, FCM and APNs for apps.",
    params: nothing,
    result: object({ web: bool(), fcm: bool(), apns: bool() }),
    idempotent: true,
  }),
  "notifications.addDevice": action({
    access: "user",
    about: "Pushes to this app from now on, until its session ends; by the token that its platform gave it.",
    params: device,
    result: nothing,
    idempotent: true,
  }),
  "notifications.removeDevice": action({
    access: "user",
    about: "No more pushes to it.",
    params: device,
    result: nothing,
    idempotent: true,
  }),
  "notifications.unsubscribe": action({
    access: "user",
    about: "No more pushes to it.",
    params: object({ endpoint: text({ min: 1, max: 2048 }) }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.unsubscribeMail": action({
    access: "anyone",
    about: "No more mails of what is unread, by the token of one (RFC 8058); its body is not looked at.",
    params: object({ token: text({ min: 1, max: 100 }) }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.deadLetters": action({
    access: "admin",
    about: "Facts that a consumer on this node could not digest.",
    params: object({ limit }),
    result: list(DeadLetter, { max: 100 }),
    idempotent: true,
  }),
  "notifications.replay": action({
    access: "admin",
    about: "Hands dead letters back to their consumers; all of them, oldest first, where no ids are given.",
    audit: { event: "dead_letters.replayed", details: ["ids"] },
    params: object({ limit, ids: optional(list(text({ max: 128 }), { max: 100 })) }),
    result: object({ count: int({ min: 0 }) }),
  }),
  "notifications.located": located,
};

export const notificationsEvents = {
  "system.broadcast": event({
    delivery: "durable",
    about: "A word from the operators to every user there is at this moment.",
    payload: object({ factId: text(), title: text(), content: text(), at: time() }),
  }),
  "notifications.preferencesChanged": event({
    delivery: "everyNode",
    about: "Whoever keeps a copy of this user's preferences drops it.",
    payload: object({ userId: userId() }),
  }),
};
