/** Why the caller got a notification of a message, or why not: the rules that made the decision, asked again. */
import { type Caller } from "../../contracts/caller";
import { type Result } from "../../contracts/actions";
import { call } from "../../platform/bus";
import { type Ctx } from "../../platform/service";
import { type Conversation, type Message } from "../../contracts/shapes";
import { type Preferences } from "../../contracts/notifications";
import { type NotificationsContext } from "./context";
import { decide, isQuiet, LARGE_GROUP } from "./rules";
import { keyOfMessage } from "./ids";
import { mailStateOf, type Told } from "./mail/state";
import { isRead, isTheirs, START, view } from "./marks";
import { isNamedBy } from "./sources";

type Reason = Result<"notifications.explain">["reason"];

/** A message and one of those who could have a notification of it. */
export interface Case {
  readonly conversationId: string;
  readonly system: boolean;
  /** They have not accepted the conversation. */
  readonly pending: boolean;
  /** Mentioned, or answered. */
  readonly named: boolean;
  readonly muted: boolean;
  readonly large: boolean;
  readonly read: boolean;
}

export const isLargeGroup = (type: Conversation["type"], members: number): boolean =>
  type === "group" && members > LARGE_GROUP;

/** Why one who did not write it has none. */
export function reasonOf({ conversationId, ...its }: Case, preferences: Preferences): Reason {
  if (its.system) return "system_message";
  if (its.pending) return "pending";
  const verdict = decide({ type: "message", relatedId: conversationId, ...its }, preferences);
  if (verdict !== "made") return verdict;
  return its.read ? "read" : "waiting";
}

function reasonFor(userId: number, message: Message, conversation: Conversation, preferences: Preferences): Reason {
  if (message.sender_id === userId) return "own_message";
  const its: Case = {
    conversationId: message.conversation_id,
    system: message.type === "system",
    pending: conversation.status !== "accepted" && conversation.initiator_id !== userId,
    named: isNamedBy(message, userId),
    muted: conversation.muted,
    large: isLargeGroup(conversation.type, conversation.participants.length),
    read: message.seen_by.includes(userId),
  };
  return reasonOf(its, preferences);
}

/** Nothing is said of mails where none are sent. */
const mailed = async ({ mail }: NotificationsContext, told: Told, ctx: Ctx) =>
  mail ? { mail: await mailStateOf(mail, told, ctx) } : {};

export async function explain(
  context: NotificationsContext,
  caller: Caller,
  messageId: string,
  ctx: Ctx,
): Promise<Result<"notifications.explain">> {
  const message = await call(ctx, "chat.message", { messageId }); // refuses who may not read it
  const { userId } = caller;
  const preferences = (await context.preferences.of([userId]))(userId);
  const doc = await context.stores.notifications.findOne({ _id: keyOfMessage(messageId) });
  const quiet = isQuiet(preferences.dnd, new Date(message.created_at));
  if (doc?.recipients.includes(userId)) {
    const cursor = (await context.feeds.cursor(doc.feed, userId)) ?? START;
    const isThere = isTheirs(doc, userId, cursor, context.keptSince());
    const [shown] = isThere ? await context.usernames.retitled([doc]) : [];
    const told = { userId, preferences, doc: shown, isRead: isRead(doc, userId, cursor) };
    const notification = shown ? view(shown, userId, cursor) : null;
    return { notification, reason: "made", quiet, ...(await mailed(context, told, ctx)) };
  }
  const conversation = await call(ctx, "chat.get", { conversationId: message.conversation_id });
  const told = { userId, preferences, doc: undefined, isRead: false };
  const reason = reasonFor(caller.userId, message, conversation, preferences);
  return { notification: null, reason, quiet, ...(await mailed(context, told, ctx)) };
}
