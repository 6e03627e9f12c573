/** Moderation: what people report, the staff's queue, what is done about it, and who may not speak for a while. */
import { action } from "./action";
import {
  actorId,
  bool,
  type Infer,
  id,
  int,
  list,
  named,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";
import { conversationId } from "./chat/fields";
import { Conversation } from "./shapes";
import { LONGEST, MOST } from "./most";

export const reportKinds = ["message", "user", "conversation", "upload"] as const;
const kind = oneOf(reportKinds);
export const reportReasons = [
  "spam",
  "harassment",
  "hate",
  "violence",
  "sexual",
  "self_harm",
  "illegal",
  "impersonation",
  "other",
] as const;
const reason = oneOf(reportReasons);
const state = oneOf(["open", "assigned", "resolved", "dismissed"]);
export const deeds = ["none", "remove", "warn", "mute", "ban", "lock"] as const;
const deed = oneOf(
  deeds,
  "remove: the message, the file, or the group for all; warn, mute, ban: the person; lock: the conversation",
);
const reportId = id();
const version = int({ min: 1, about: "of the report as the caller knows it; CONFLICT where it has changed" });
const words = text({ max: 1000 });

/** What was to be seen when it was reported. */
const Evidence = named(
  "Evidence",
  object({
    subject: text({ max: 255, about: "the name of the person, group or file" }),
    messages: list(
      object({
        message_id: id(),
        seq: int({ min: 1 }),
        sender_id: userId(),
        content: text({ max: LONGEST.content }),
        attachments: list(text({ max: LONGEST.url }), { max: MOST.attachments }),
        created_at: time(),
      }),
      { max: 100, about: "the message with its neighbours, as the reporter saw them; of a group its last ones" },
    ),
  }),
);
export type Evidence = Infer<typeof Evidence>;

const report = {
  report_id: reportId,
  kind,
  target: text({ max: 24, about: "the id of what is reported" }),
  user_id: nullable(userId("whom it is about")),
  conversation_id: nullable(id()),
  reporter_id: userId(),
  reason,
  text: words,
  state,
  assignee_id: nullable(userId()),
  version,
  deed: nullable(deed),
  note: nullable(words),
  handled_by: nullable(actorId()),
  handled_at: nullable(time()),
  created_at: time(),
  updated_at: time(),
};
export const Report = named("Report", object(report));
export type Report = Infer<typeof Report>;
export const ReportWithEvidence = named("ReportWithEvidence", object({ ...report, evidence: nullable(Evidence) }));
export type ReportWithEvidence = Infer<typeof ReportWithEvidence>;

const until = time("when it ends by itself");
const told = text({ min: 1, max: 1000, about: "what the person is told" });

export const moderationActions = {
  "users.report": action({
    access: "user",
    about:
      "Tells the staff of something that one sees. What it is and what stands around it is kept as it is now. To report the " +
      "same again while it is open changes what was said of it. RATE_LIMITED at 20 in an hour.",
    params: object({ kind, id: text({ min: 1, max: 24 }), reason, text: optional(words) }),
    result: object({ reportId }),
  }),
  "users.reports": action({
    access: "staff",
    about: "What was reported, newest first.",
    params: object({
      state: optional(state),
      kind: optional(kind),
      assignee: optional(userId()),
      about: optional(userId("those of one person")),
      limit: int({ min: 1, max: 100, default: 50 }),
      before: optional(reportId),
    }),
    result: list(Report, { max: 100 }),
    idempotent: true,
  }),
  "users.reportOf": action({
    access: "staff",
    about: "One report with what was to be seen then; that is kept for 90 days after it was handled.",
    params: object({ id: reportId }),
    result: ReportWithEvidence,
    idempotent: true,
  }),
  "users.assignReport": action({
    access: "staff",
    about: "Gives a report to a member of the staff, or back to all. CONFLICT once it is handled.",
    params: object({ id: reportId, version, assignee: nullable(userId()) }),
    result: Report,
  }),
  "users.resolveReport": action({
    access: "staff",
    about:
      "Does something about a report, or `none`. The reporter is told that it was handled, the person what was done and `told`. " +
      "Moderators act on members alone, and don't ban.",
    params: object({
      id: reportId,
      version,
      deed,
      until: optional(until),
      note: optional(words),
      told: optional(told),
    }),
    result: Report,
    timeout: 30_000,
  }),
  "users.dismissReport": action({
    access: "staff",
    about: "There is nothing to be done. The reporter is told that it was looked at.",
    params: object({ id: reportId, version, note: optional(words) }),
    result: Report,
  }),
  "users.warn": action({
    access: "staff",
    about: "A notification from the staff, for one person.",
    params: object({ id: userId(), told }),
    result: nothing,
  }),
  "users.mute": action({
    access: "staff",
    about: "They read, but write nothing anywhere until then. The person is told.",
    params: object({ id: userId(), until, told: optional(told) }),
    result: object({ mutedUntil: time() }),
  }),
  "users.unmute": action({
    access: "staff",
    about: "They may write again.",
    params: object({ id: userId() }),
    result: nothing,
  }),
  "chat.look": action({
    access: "staff",
    about:
      "A conversation as the staff sees it: who leads it, how long it is kept, whether it is locked; of its messages what the " +
      "caller sees as a member, else none.",
    params: object({ conversationId }),
    result: Conversation,
    idempotent: true,
  }),
  "chat.lock": action({
    access: "staff",
    shardBy: "conversationId",
    about: "Nobody writes in the conversation any more, or all may again; it can still be read.",
    params: object({ conversationId, locked: bool() }),
    result: Conversation,
    audit: { event: "conversation.locked", target: "conversationId", details: ["locked"] },
  }),
  "chat.evidence": action({
    access: "service",
    about: "A message with its neighbours, or a conversation's last messages, as a user may know them.",
    params: object({ userId: userId(), messageId: optional(id()), conversationId: optional(conversationId) }),
    result: object({
      conversationId,
      senderId: nullable(userId("null: the system, or no message was asked for")),
      evidence: Evidence,
    }),
    idempotent: true,
  }),
};
