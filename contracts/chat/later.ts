/** Actions on what is to happen at a time: messages that are sent then, and reminders to oneself. */
import { action } from "../action";
import { customGiven, customShown } from "../custom";
import { LONGEST, MOST } from "../most";
import { id, type Infer, int, list, named, nothing, nullable, object, oneOf, optional, text, time } from "../schema";
import { attachments, clientId, content, conversationId, messageId, read } from "./fields";
import { mentions } from "./messages";

export const ScheduledMessage = named(
  "ScheduledMessage",
  object({
    _id: id(),
    conversation_id: id(),
    content: text({ max: LONGEST.content }),
    attachments: list(text({ max: LONGEST.url }), { max: MOST.attachments }),
    replyTo: nullable(id()),
    custom: customShown(),
    at: time("when it is sent"),
    status: oneOf(["waiting", "refused"]),
    error: nullable(
      object(
        { code: text({ max: 32 }), message: text({ max: LONGEST.errorMessage }) },
        "why it was refused when its time had come",
      ),
    ),
    created_at: time(),
    updated_at: time(),
  }),
);
export type ScheduledMessage = Infer<typeof ScheduledMessage>;

export const Reminder = named(
  "Reminder",
  object({
    _id: id(),
    message_id: nullable(id()),
    conversation_id: nullable(id()),
    text: text({ max: 500 }),
    at: time(),
    created_at: time(),
  }),
);
export type Reminder = Infer<typeof Reminder>;

/** As many as MAX_SCHEDULED can be. */
const MOST_WAITING = 1_000;
/** All that somebody has waiting, as all of their devices show it. */
export const Plans = named(
  "Plans",
  object({
    /** Given back with the next `sync`, which is silent as long as nothing has changed. */
    tag: text({ max: 64 }),
    scheduled: list(ScheduledMessage, { max: MOST_WAITING }),
    reminders: list(Reminder, { max: MOST_WAITING }),
  }),
);
export type Plans = Infer<typeof Plans>;

const scheduledId = id();
const at = time("a moment to come, within a year");
const page = {
  limit: int({ min: 1, max: 100, default: 100 }),
};

export const laterActions = {
  "chat.schedule": action({
    access: "user",
    about:
      "Has a message sent at a time, once: with its `clientId`, if it has one. Whether one may send it is asked then, too; " +
      "what is refused then stays with its reason. At most MAX_SCHEDULED of one user wait: else FULL.",
    params: object({
      conversationId,
      content: optional(content),
      attachments: optional(attachments),
      replyTo: optional(nullable(id())),
      mentions: optional(mentions),
      custom: customGiven(),
      at,
      clientId: optional(clientId),
    }),
    result: ScheduledMessage,
  }),
  "chat.scheduled": action({
    ...read,
    about: "One's messages that wait for their time, and those that were refused; the next first.",
    params: object({ conversationId: optional(conversationId), ...page }),
    result: list(ScheduledMessage, { max: 100 }),
  }),
  "chat.reschedule": action({
    access: "user",
    about: "Changes one that has not been sent: what is left out stays. CONFLICT while it is being sent.",
    params: object({
      scheduledId,
      content: optional(content),
      attachments: optional(attachments),
      custom: customGiven(),
      at: optional(at),
    }),
    result: ScheduledMessage,
  }),
  "chat.unschedule": action({
    access: "user",
    about: "It is not sent. CONFLICT while it is being sent.",
    params: object({ scheduledId }),
    result: nothing,
  }),
  "chat.remind": action({
    access: "user",
    about:
      "Reminds oneself at a time, by a notification of type `reminder`: of a message, by a text, or both. At most " +
      "MAX_SCHEDULED of one user wait: else FULL.",
    params: object({
      messageId: optional(messageId),
      text: optional(text({ min: 1, max: 500, trim: true })),
      at,
      clientId: optional(clientId),
    }),
    result: Reminder,
  }),
  "chat.reminders": action({
    ...read,
    about: "One's reminders to come, the next first.",
    params: object(page),
    result: list(Reminder, { max: 100 }),
  }),
  "chat.forgetReminder": action({
    access: "user",
    about: "Takes a reminder back.",
    params: object({ reminderId: id() }),
    result: nothing,
  }),
};
