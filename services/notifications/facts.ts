/** What each durable fact sets going. Every one of these may come more than once. */
import { setTimeout as sleep } from "node:timers/promises";
import { toWire } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { type NotificationsContext } from "./context";
import {
  type BroadcastFact,
  type InviteFact,
  type MessageFact,
  type Positions,
  ofBroadcast,
  ofInvite,
  ofMessages,
} from "./sources";

/** Who has the conversation open reads a message within a moment, and needs no notification of it. */
const MOMENT = 1_000;
/** Members whose reading is asked about; a larger group hears of little anyway. */
const MOST_ASKED = 5_000;
const PAGE = 500;

async function positionsOf(
  context: NotificationsContext,
  conversationId: string,
  userIds: number[],
): Promise<Positions> {
  try {
    const positions = await call(context.service.broker, "chat.positions", { conversationId, userIds });
    return new Map(positions.map((position) => [position.userId, position]));
  } catch (error) {
    context.service.logger.debug(`notified without knowing who has read: ${toWire(error).code}`);
    return new Map();
  }
}

/** Gives readers what is left of their moment: a fact that had to wait in a queue waits no longer here. */
async function readersMoment({ messages }: MessageFact): Promise<void> {
  const age = Date.now() - Date.parse(messages[0]?.created_at ?? "");
  const left = Math.min(MOMENT - age, MOMENT); // the clock that wrote the message may be ahead of ours
  if (left > 0) await sleep(left);
}

/** Notifies members who have a socket somewhere, but not of what they read at once. */
async function notifyPresent(context: NotificationsContext, fact: MessageFact, userIds: number[]): Promise<void> {
  if (userIds.length === 0) return;
  await readersMoment(fact);
  const positions = await positionsOf(context, fact.conversationId, userIds.slice(0, MOST_ASKED));
  await context.inbox.add({
    drafts: () => ofMessages(context.withdrawals.without(fact), userIds, positions),
    weight: userIds.length * fact.messages.length,
  });
}

async function notifyAbsent(context: NotificationsContext, fact: MessageFact, userIds: number[]): Promise<void> {
  if (userIds.length === 0) return;
  await context.inbox.add({
    drafts: () => ofMessages(context.withdrawals.without(fact), userIds),
    weight: userIds.length * fact.messages.length,
  });
}

export async function onMessages(context: NotificationsContext, fact: MessageFact): Promise<void> {
  const present: number[] = [];
  const absent: number[] = [];
  for (const id of fact.recipients) (context.isOnline(id) ? present : absent).push(id);
  await Promise.all([notifyAbsent(context, fact, absent), notifyPresent(context, fact, present)]);
}

export const onInvite = (context: NotificationsContext, fact: InviteFact): Promise<void> =>
  context.inbox.add({ drafts: () => [ofInvite(fact)], weight: 1 });

/** To every account made before it, page by page; where it stopped it goes on. */
export async function onBroadcast(context: NotificationsContext, fact: BroadcastFact): Promise<void> {
  const { broadcasts } = context.stores;
  let after = (await broadcasts.findOne({ _id: fact.factId }))?.reached ?? 0;
  for (;;) {
    const users = await call(context.service.broker, "users.page", { after, limit: PAGE, before: fact.at });
    await context.inbox.add({ drafts: () => ofBroadcast(fact, users), weight: users.length });
    after = users.at(-1) ?? after;
    await broadcasts.updateOne({ _id: fact.factId }, { $set: { reached: after } });
    if (users.length < PAGE) return;
  }
}
