/** What is to happen at a time, as its owner sees it. Pure. */
import { type Reminder, type ScheduledMessage } from "../../../contracts/chat/later";
import { customOf } from "../../../contracts/custom";
import { type LaterDoc } from "./documents";

export const scheduledView = (doc: LaterDoc): ScheduledMessage => ({
  _id: doc._id,
  conversation_id: doc.conversation_id ?? "",
  content: doc.content,
  attachments: doc.attachments,
  replyTo: doc.reply_to,
  custom: customOf(doc.custom),
  at: doc.at.toISOString(),
  status: doc.error ? "refused" : "waiting",
  error: doc.error,
  created_at: doc.created_at.toISOString(),
  updated_at: doc.updated_at.toISOString(),
});

export const reminderView = (doc: LaterDoc): Reminder => ({
  _id: doc._id,
  message_id: doc.message_id,
  conversation_id: doc.conversation_id,
  text: doc.content,
  at: doc.at.toISOString(),
  created_at: doc.created_at.toISOString(),
});
