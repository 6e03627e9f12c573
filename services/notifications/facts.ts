/** What each durable fact sets going. Every one of these may come more than once. */
import { setTimeout as sleep } from "node:timers/promises";
import { toWire } from "../../contracts/errors";
import { call } from "../../mixins/bus";
import { type Office } from "./office";
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

async function positionsOf(office: Office, conversationId: string, userIds: number[]): Promise<Positions> {
  try {
    const positions = await call(office.service.broker, "chat.positions", { conversationId, userIds });
    return new Map(positions.map((position) => [position.userId, position]));
  } catch (error) {
    office.service.logger.debug(`notified without knowing who has read: ${toWire(error).code}`);
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
async function notifyPresent(office: Office, fact: MessageFact, userIds: number[]): Promise<void> {
  if (userIds.length === 0) return;
  await readersMoment(fact);
  const positions = await positionsOf(office, fact.conversationId, userIds.slice(0, MOST_ASKED));
  await office.inbox.add({
    drafts: () => ofMessages(office.withdrawals.without(fact), userIds, positions),
    weight: userIds.length * fact.messages.length,
  });
}

async function notifyAbsent(office: Office, fact: MessageFact, userIds: number[]): Promise<void> {
  if (userIds.length === 0) return;
  await office.inbox.add({
    drafts: () => ofMessages(office.withdrawals.without(fact), userIds),
    weight: userIds.length * fact.messages.length,
  });
}

export async function onMessages(office: Office, fact: MessageFact): Promise<void> {
  const present: number[] = [];
  const absent: number[] = [];
  for (const id of fact.recipients) (office.isOnline(id) ? present : absent).push(id);
  await Promise.all([notifyAbsent(office, fact, absent), notifyPresent(office, fact, present)]);
}

export const onInvite = (office: Office, fact: InviteFact): Promise<void> =>
  office.inbox.add({ drafts: () => [ofInvite(fact)], weight: 1 });

/** To every account made before it, page by page; where it stopped it goes on. */
export async function onBroadcast(office: Office, fact: BroadcastFact): Promise<void> {
  const { broadcasts } = office.stores;
  let after = (await broadcasts.findOne({ _id: fact.factId }))?.reached ?? 0;
  for (;;) {
    const users = await call(office.service.broker, "users.page", { after, limit: PAGE, before: fact.at });
    await office.inbox.add({ drafts: () => ofBroadcast(fact, users), weight: users.length });
    after = users.at(-1) ?? after;
    await broadcasts.updateOne({ _id: fact.factId }, { $set: { reached: after } });
    if (users.length < PAGE) return;
  }
}
