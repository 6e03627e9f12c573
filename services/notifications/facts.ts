/** What each durable fact sets going. Every one of these may come more than once. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Result } from "../../contracts/actions";
import { toWire } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { type NotificationsContext } from "./context";
import { type Job } from "./inbox";
import {
  BROADCAST_PAGE,
  type BroadcastFact,
  type InviteFact,
  lastOfSystemFeed,
  type MessageFact,
  type ReminderFact,
  ofBroadcast,
  ofInvite,
  ofMessages,
  ofReminder,
} from "./sources";

/** Who has the conversation open reads a message within a moment, and needs no notification of it. */
const MOMENT = 1_000;
/** What is older may have been read while nobody here listened. */
const REMEMBERED = 10_000;
/** Members whose reading is asked about; a larger group hears of little anyway. */
const MOST_ASKED = 5_000;

type Positions = ReadonlyMap<number, Result<"chat.positions">[number]>;

function hasRead(positions: Positions, userId: number, seq: number): boolean {
  const position = positions.get(userId);
  if (!position) return false;
  return seq <= position.seq || position.above.some(({ from, to }) => from <= seq && seq <= to);
}

async function positionsOf(context: NotificationsContext, fact: MessageFact): Promise<Job["hasRead"]> {
  const { conversationId, recipients } = fact;
  const userIds = recipients.slice(0, MOST_ASKED);
  try {
    const found = await call(context.service.broker, "chat.positions", { conversationId, userIds });
    const positions = new Map(found.map((position) => [position.userId, position]));
    return (userId, seq) => hasRead(positions, userId, seq);
  } catch (error) {
    context.service.logger.debug(`notified without knowing who has read: ${toWire(error).code}`);
    return undefined;
  }
}

const timeOf = ({ messages }: MessageFact): number => Date.parse(messages[0]?.created_at ?? "");

/** Gives readers what is left of their moment: a fact that had to wait in a queue waits no longer here. */
async function readersMoment(fact: MessageFact): Promise<void> {
  const age = Date.now() - timeOf(fact);
  const left = Math.min(MOMENT - age, MOMENT); // the clock that wrote the message may be ahead of ours
  if (left > 0) await sleep(left);
}

/** New messages. Where somebody who gets one has a socket somewhere, all wait for whom may be reading it. */
export async function onMessages(context: NotificationsContext, fact: MessageFact): Promise<void> {
  const senders = new Set(fact.messages.map((message) => message.sender_id));
  const isPresent = (id: number): boolean => context.isOnline(id) && !(senders.size === 1 && senders.has(id));
  if (fact.recipients.some(isPresent)) await readersMoment(fact);
  const isOld = timeOf(fact) < Math.max(context.listensSince, Date.now() - REMEMBERED);
  const news = ofMessages(fact);
  await context.inbox.add({ news, hasRead: isOld ? await positionsOf(context, fact) : undefined, since: timeOf(fact) });
}

/** Edited or deleted ones: at once, for the words must go. */
export const onChanges = (context: NotificationsContext, fact: MessageFact): Promise<void> =>
  context.inbox.add({ news: ofMessages(fact) });

export const onInvite = (context: NotificationsContext, fact: InviteFact): Promise<void> =>
  context.inbox.add({ news: [ofInvite(fact)] });

export const onReminder = (context: NotificationsContext, fact: ReminderFact): Promise<void> =>
  context.inbox.add({ news: [ofReminder(fact)] });

/** To every account made before it, page by page; where it stopped it goes on. */
export async function onBroadcast(context: NotificationsContext, fact: BroadcastFact): Promise<void> {
  const { broadcasts } = context.stores;
  let after = (await broadcasts.findOne({ _id: fact.factId }))?.reached ?? 0;
  for (;;) {
    const page = { after, limit: BROADCAST_PAGE, before: fact.at };
    const users = await call(context.service.broker, "users.page", page);
    const [first] = users;
    if (first === undefined) return;
    // A page may reach into the next feed, which then begins the next page.
    const last = lastOfSystemFeed(first);
    await context.inbox.add({
      news: [
        ofBroadcast(
          fact,
          users.filter((id) => id <= last),
        ),
      ],
    });
    after = last;
    await broadcasts.updateOne({ _id: fact.factId }, { $set: { reached: after } });
  }
}
