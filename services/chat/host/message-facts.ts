/** Messages as the durable facts they are told by, and whom a notification of them could be for. */
import { type ServiceBroker } from "moleculer";
import { type Payload } from "../../../contracts/events";
import { publishFact } from "../../../platform/facts";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { isLarge } from "../conversation/large";
import { isHushed } from "../conversation/knowledge";
import { isMuted, messageView } from "../conversation/views";

/** A conversation and who is in it. */
export interface Source {
  readonly conversation: ConversationDoc;
  readonly members: ReadonlyMap<number, MemberDoc>;
}

/** Who has blocked a user. */
export type BlockersOf = (userId: number) => Promise<readonly number[]>;

/** Who must not be notified of a message: it is hidden from them, or they have blocked its sender. */
export async function deafTo(
  { conversation }: Pick<Source, "conversation">,
  doc: MessageDoc,
  blockersOf: BlockersOf,
): Promise<number[]> {
  if (isHushed(conversation)) return conversation.participants;
  const blockers = conversation.type === "group" ? await blockersOf(doc.sender_id) : [];
  const deaf = new Set([...blockers, ...(doc.hidden_from ?? [])]);
  return deaf.size ? conversation.participants.filter((id) => deaf.has(id)) : [];
}

/** Whom a notification of it could be for: everybody, in a large group those whom it names or answers. */
function concernedBy({ conversation }: Source, doc: MessageDoc, hears: (userId: number) => boolean): number[] {
  const { participants } = conversation;
  if (!isLarge(conversation) || doc.mention_all) return participants.filter(hears);
  const named = new Set([...doc.mentions, ...(doc.reply_to ? [doc.reply_to.sender_id] : [])]);
  return [...named].filter((id) => participants.includes(id) && hears(id));
}

/** The messages in their order, as few facts as tell each to those whom a notification of it could be for. */
async function factsOf(
  source: Source,
  docs: readonly MessageDoc[],
  blockersOf: BlockersOf,
): Promise<Payload<"message.created">[]> {
  const { _id: conversationId, type, name } = source.conversation;
  const large = isLarge(source.conversation);
  const now = new Date();
  const hasMuted = (id: number): boolean => {
    const member = source.members.get(id);
    return member !== undefined && isMuted(member, now);
  };
  const facts: { readonly key: string; readonly fact: Payload<"message.created"> }[] = [];
  for (const doc of docs) {
    const deaf = await deafTo(source, doc, blockersOf);
    // In a large group each message concerns those whom it names.
    const key = large ? doc._id : deaf.join();
    const last = facts.at(-1);
    if (last?.key === key) {
      last.fact.messages.push(messageView(doc));
      continue;
    }
    const hears = (id: number): boolean => !deaf.includes(id);
    const recipients = concernedBy(source, doc, hears);
    const audience = { recipients, muted: recipients.filter(hasMuted) };
    facts.push({ key, fact: { conversationId, type, name, ...audience, messages: [messageView(doc)] } });
  }
  return facts.map(({ fact }) => fact);
}

/**
 * Resolves when all that new messages have to tell is safe on the bus.
 * @throws UNAVAILABLE when it is not, or not known to be
 */
export async function publishMade(
  broker: ServiceBroker,
  source: Source,
  docs: readonly MessageDoc[],
  blockersOf: BlockersOf,
): Promise<void> {
  const said = docs.filter((d) => d.type !== "system" && !d.deleted_at);
  for (const fact of await factsOf(source, said, blockersOf)) await publishFact(broker, "message.created", fact);
  for (const invite of invitesIn(source, docs)) await publishFact(broker, "group_invite.created", invite);
}

type Invite = Payload<"group_invite.created">;

/** The message that tells it is the outbox of an invitation. */
export function invitesIn({ conversation }: Source, docs: readonly MessageDoc[]): Invite[] {
  const { _id: conversationId, name } = conversation;
  return docs.flatMap(({ _id, seq, system, created_at }) => {
    if (system?.event !== "member_added" || system.userId === undefined) return [];
    const { userId, actorId } = system;
    // Who accepted knows it.
    if (userId === actorId) return [];
    return { factId: _id, conversationId, name, userId, actorId, seq, at: created_at.toISOString() };
  });
}

/** Invitations published at once. */
const ABREAST = 100;

/** That a group was made, to each who found themselves in it and still is. Told again they are the same facts. */
export function greetingsOf(conversation: ConversationDoc): Invite[] {
  const { _id: conversationId, name, initiator_id: actorId, created_at, participants, greet } = conversation;
  const inIt = new Set(participants);
  const at = created_at.toISOString();
  return (greet ?? [])
    .filter((userId) => inIt.has(userId))
    .map((userId) => ({ factId: `${conversationId}:${userId}`, conversationId, name, userId, actorId, seq: 0, at }));
}

/** @throws UNAVAILABLE when they are not safe on the bus */
export async function publishInvites(broker: ServiceBroker, invites: readonly Invite[]): Promise<void> {
  for (let i = 0; i < invites.length; i += ABREAST)
    await Promise.all(
      invites.slice(i, i + ABREAST).map((invite) => publishFact(broker, "group_invite.created", invite)),
    );
}

/** The same for messages that were edited or deleted, as they are now. */
export async function publishRewritten(
  broker: ServiceBroker,
  source: Source,
  docs: readonly MessageDoc[],
  blockersOf: BlockersOf,
): Promise<void> {
  const each = [...new Map(docs.map((doc) => [doc._id, doc])).values()];
  for (const fact of await factsOf(source, each, blockersOf)) await publishFact(broker, "message.changed", fact);
}
