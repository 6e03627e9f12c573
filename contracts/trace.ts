/** What happened to one message: where it is stored, told, notified of and delivered to. For operators, without its words. */
import { action } from "./action";
import { messageId } from "./chat/fields";
import { factKind } from "./facts";
import { LONGEST, MOST } from "./most";
import { reasons } from "./notifications";
import {
  bool,
  id,
  type Infer,
  int,
  list,
  named,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";

/** Members looked at in one page. */
const PAGE = 100;
const count = int({ min: 0 });
const page = {
  messageId,
  after: optional(userId("members with a higher id: `next` of the page before")),
  limit: int({ min: 1, max: PAGE, default: 50 }),
};
const next = nullable(userId("`after` of the next page; null: there is none"));

const stored = {
  message_id: id(),
  conversation_id: id(),
  conversation_type: oneOf(["private", "group"]),
  conversation_deleted_at: nullable(time()),
  seq: int({ min: 1 }),
  version: int({ min: 1 }),
  type: oneOf(["text", "image", "file", "system"]),
  sender_id: userId(),
  created_at: time(),
  edited_at: nullable(time()),
  deleted_at: nullable(time()),
  members: int({ min: 0, about: "who is in the conversation now" }),
  published: bool({ about: "its fact is safe on the bus; false: it waits in the outbox" }),
  rewrite_published: nullable(bool({ about: "the same of its last edit or deletion; null: there was none" })),
};

const TracedRecipient = object({
  user_id: userId(),
  left: bool({ about: "was a member then, and is none now" }),
  delivered: bool(),
  read: bool({ about: "the message" }),
  reason: oneOf(
    [...reasons, "hidden", "deleted"],
    "as of notifications.explain, by what holds now; `hidden`: it is kept from them (blocks); `deleted`: before there was one",
  ),
  quiet: bool({ about: "within their do-not-disturb hours: stored and counted, not announced" }),
  notification: nullable(oneOf(["unread", "read", "removed"])),
  devices: int({ min: 0, about: "that they want pushes on" }),
  pushes_waiting: count,
  push_attempts: int({ min: 0, about: "of the one that was tried most" }),
  push_due_at: nullable(time("when the next one is tried")),
});

export const MessageTrace = named(
  "MessageTrace",
  object({
    ...stored,
    fact: nullable(
      object({ position: int({ min: 1, about: "its place in the log of facts" }), type: factKind, kept_at: time() }),
    ),
    webhooks: list(
      object({
        webhook_id: id(),
        state: oneOf(["waiting", "taken", "given_up", "made_later"]),
        attempts: int({ min: 0, about: "of the fact that it waits for, which may be an earlier one" }),
        due_at: nullable(time("when it is tried next")),
        error: nullable(text({ max: LONGEST.errorMessage })),
      }),
      { max: MOST.webhooks, about: "those that take facts of its kind, where it is in the log" },
    ),
    recipients: list(TracedRecipient, {
      max: PAGE,
      about: "members whom it was addressed to, by their ids; a page may have fewer than `limit`",
    }),
    next,
  }),
);
export type MessageTrace = Infer<typeof MessageTrace>;

export const traceActions = {
  "chat.traced": action({
    access: "service",
    idempotent: true,
    about: "What chat knows of a message and of those whom it was addressed to; NOTFOUND where there is none.",
    params: object(page),
    result: object({
      ...stored,
      recipients: list(
        object({
          user_id: userId(),
          left: bool(),
          delivered: bool(),
          read: bool(),
          pending: bool({ about: "they have not accepted the conversation" }),
          hidden: bool(),
          named: bool({ about: "mentioned, or answered" }),
          muted: bool(),
        }),
        { max: PAGE },
      ),
      next,
    }),
  }),
  "notifications.trace": action({
    access: "admin",
    idempotent: true,
    about:
      "What happened to a message, without its words: when it was stored, edited, deleted, whether it is out, and page by " +
      "page of its recipients who has a notification of it, or why not, who has read it, and which pushes wait. What was sent " +
      "or given up leaves no push behind. The first page is told of in the audit log.",
    audit: { event: "message.traced", target: "messageId", unless: "after" },
    params: object(page),
    result: MessageTrace,
  }),
};
