/** Messages as the durable facts they are told by, and whom a notification of them could be for. */
import { type ServiceBroker } from "moleculer";
import { type Payload } from "../../../contracts/events";
import { type Message } from "../../../contracts/shapes";
import { publishFact } from "../../../platform/facts";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { isMuted, messageView } from "../conversation/views";

/** A conversation and who is in it. */
export interface Source {
  readonly conversation: ConversationDoc;
  readonly members: ReadonlyMap<number, MemberDoc>;
}

/** Who a notification could be for; nobody in a request that is not accepted or a pair with a block. */
function audienceOf({ conversation, members }: Source): Pick<Payload<"message.created">, "recipients" | "muted"> {
  const { type, status, blocked_by } = conversation;
  if (type === "private" && (status !== "accepted" || blocked_by.length)) return { recipients: [], muted: [] };
  const now = new Date();
  const muted = [...members.values()].filter((m) => !m.left_at && isMuted(m, now)).map((m) => m.user_id);
  return { recipients: [...conversation.participants], muted };
}

function factOf(source: Source, messages: Message[]): Payload<"message.created"> {
  const { _id: conversationId, type, name } = source.conversation;
  return { conversationId, type, name, ...audienceOf(source), messages };
}

/**
 * Resolves when all that new messages have to tell is safe on the bus.
 * @throws UNAVAILABLE when it is not, or not known to be
 */
export async function publishMade(broker: ServiceBroker, source: Source, docs: readonly MessageDoc[]): Promise<void> {
  const { _id: conversationId, name } = source.conversation;
  const messages = docs.filter((d) => d.type !== "system" && !d.deleted_at).map((d) => messageView(d));
  if (messages.length) await publishFact(broker, "message.created", factOf(source, messages));
  for (const { _id, seq, system, created_at } of docs) {
    if (system?.event !== "member_added" || system.userId === undefined) continue;
    const { userId, actorId } = system;
    if (userId === actorId) continue; // they accepted, and know it
    // The message that tells it is the outbox of the invitation.
    const invite = { factId: _id, conversationId, name, userId, actorId, seq, at: created_at.toISOString() };
    await publishFact(broker, "group_invite.created", invite);
  }
}

/** The same for messages that were edited or deleted, as they are now. */
export async function publishRewritten(
  broker: ServiceBroker,
  source: Source,
  docs: readonly MessageDoc[],
): Promise<void> {
  const messages = [...new Set(docs)].map((doc) => messageView(doc));
  await publishFact(broker, "message.changed", factOf(source, messages));
}
