/** What each durable fact sets going. Every one of these may come more than once. */
import { setTimeout as sleep } from "node:timers/promises";
import { toWire } from "../../contracts/errors";
import { call } from "../../mixins/bus";
import { type Office } from "./office";
import { type BroadcastFact, type InviteFact, type MessageFact, ofBroadcast, ofInvite, ofMessages } from "./sources";

/** Who has the conversation open reads a message within a moment, and needs no notification of it. */
const MOMENT = 1_000;
/** With more facts than this in hand nobody waits for readers: clearing the backlog goes first. */
const CALM = 100;
const PAGE = 500;

async function positionsOf(office: Office, conversationId: string, userIds: number[]): Promise<Map<number, number>> {
  try {
    const positions = await call(office.service.broker, "chat.positions", { conversationId, userIds });
    return new Map(positions.map(({ userId, seq }) => [userId, seq]));
  } catch (error) {
    office.service.logger.debug(`notified without knowing who has read: ${toWire(error).code}`);
    return new Map();
  }
}

/** Notifies members who have a socket somewhere, but of what they read at once. */
async function notifyPresent(office: Office, fact: MessageFact, userIds: number[]): Promise<void> {
  const weight = userIds.length * fact.messages.length;
  if (office.factsInHand > CALM) return office.inbox.add({ drafts: () => ofMessages(fact, userIds), weight });
  await sleep(MOMENT);
  const positions = await positionsOf(office, fact.conversationId, userIds);
  await office.inbox.add({ drafts: () => ofMessages(fact, userIds, positions), weight });
}

export async function onMessages(office: Office, fact: MessageFact): Promise<void> {
  const present = fact.recipients.filter((id) => office.isOnline(id));
  const away = fact.recipients.filter((id) => !office.isOnline(id));
  office.factsInHand++;
  try {
    await Promise.all([
      office.inbox.add({ drafts: () => ofMessages(fact, away), weight: away.length * fact.messages.length }),
      notifyPresent(office, fact, present),
    ]);
  } finally {
    office.factsInHand--;
  }
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
