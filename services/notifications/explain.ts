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
import { isTheirs, START, view } from "./marks";
import { isNamedBy } from "./sources";

type Reason = Result<"notifications.explain">["reason"];

export function reasonFor(
  userId: number,
  message: Message,
  conversation: Pick<Conversation, "type" | "status" | "participants" | "muted" | "initiator_id">,
  preferences: Preferences,
): Reason {
  if (message.sender_id === userId) return "own_message";
  if (message.type === "system") return "system_message";
  if (conversation.status !== "accepted" && conversation.initiator_id !== userId) return "pending";
  const verdict = decide(
    {
      type: "message",
      relatedId: message.conversation_id,
      named: isNamedBy(message, userId),
      muted: conversation.muted,
      large: conversation.type === "group" && conversation.participants.length > LARGE_GROUP,
    },
    preferences,
  );
  if (verdict !== "made") return verdict;
  return message.seen_by.includes(userId) ? "read" : "waiting";
}

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
    return { notification: shown ? view(shown, userId, cursor) : null, reason: "made", quiet };
  }
  const conversation = await call(ctx, "chat.get", { conversationId: message.conversation_id });
  return { notification: null, reason: reasonFor(caller.userId, message, conversation, preferences), quiet };
}
