/** What happened to a message, for operators: what chat knows of it, joined with what is kept here. No words of it. */
import { type Params, type Result } from "../../contracts/actions";
import { type Preferences } from "../../contracts/notifications";
import { type MessageTrace } from "../../contracts/trace";
import { call } from "../../platform/bus";
import { type Ctx } from "../../platform/service";
import { type NotificationsContext } from "./context";
import { type CursorDoc, type NotificationDoc } from "./documents";
import { isLargeGroup, reasonOf } from "./explain";
import { idFor, keyOfMessage } from "./ids";
import { type FactDoc } from "./log/documents";
import { isRead, isTheirs, START } from "./marks";
import { type DeviceDoc, type PushJobDoc } from "./push/documents";
import { isQuiet } from "./rules";

type Traced = Result<"chat.traced">;
type Recipient = MessageTrace["recipients"][number];
type Webhook = MessageTrace["webhooks"][number];

export async function trace(
  context: NotificationsContext,
  params: Params<"notifications.trace">,
  ctx: Ctx,
): Promise<MessageTrace> {
  const traced = await call(ctx, "chat.traced", params); // NOTFOUND where there is none
  const { log } = context;
  const fact = await log.find({ type: "message.created", key: params.messageId });
  const [webhooks, recipients] = await Promise.all([webhooksOf(context, fact), recipientsOf(context, traced)]);
  return { ...traced, fact: fact ? placeOf(fact) : null, webhooks, recipients };
}

const placeOf = ({ position, type, kept_at }: FactDoc): MessageTrace["fact"] => ({
  position,
  type,
  kept_at: kept_at.toISOString(),
});

/** What each webhook did with it; nothing is kept of what was taken but how far that webhook is. */
async function webhooksOf({ stores }: NotificationsContext, fact?: FactDoc): Promise<Webhook[]> {
  if (!fact) return [];
  const hooks = (await stores.webhooks.find({})).filter(({ facts }) => facts.includes(fact.type));
  const of = { webhook_id: { $in: hooks.map(({ _id }) => _id) }, position: fact.position };
  const errors = new Map(
    hooks.length ? (await stores.webhookFailures.find(of)).map(({ webhook_id, error }) => [webhook_id, error]) : [],
  );
  return hooks.map(({ _id: webhook_id, position, created_at, ...hook }) => {
    const over = { webhook_id, attempts: 0, due_at: null, error: errors.get(webhook_id) ?? null };
    if (position < fact.position)
      return { ...over, state: "waiting", attempts: hook.attempts, due_at: hook.due_at.toISOString() };
    if (over.error !== null) return { ...over, state: "given_up" };
    return { ...over, state: created_at > fact.kept_at ? "made_later" : "taken" };
  });
}

/** What is kept here of those of one page. */
interface Kept {
  readonly doc: NotificationDoc | undefined;
  readonly keptSince: Date;
  readonly preferences: (userId: number) => Preferences;
  readonly cursors: ReadonlyMap<number, CursorDoc>;
  readonly devices: readonly DeviceDoc[];
  readonly jobs: readonly PushJobDoc[];
}

async function recipientsOf(context: NotificationsContext, traced: Traced): Promise<Recipient[]> {
  const { stores, feeds, devices } = context;
  const ids = traced.recipients.map(({ user_id }) => user_id);
  if (ids.length === 0) return [];
  const key = keyOfMessage(traced.message_id);
  const doc = await stores.notifications.findOne({ _id: key });
  const kept: Kept = {
    doc,
    keptSince: context.keptSince(),
    preferences: await context.preferences.of(ids),
    cursors: await feeds.places(doc?.feed ?? traced.conversation_id, ids),
    devices: await devices.of(ids),
    jobs: await stores.pushJobs.find({ notification_id: { $in: ids.map((id) => idFor(key, id)) } }),
  };
  return traced.recipients.map((member) => recipientOf(traced, member, kept, idFor(key, member.user_id)));
}

function recipientOf(traced: Traced, member: Traced["recipients"][number], kept: Kept, id: string): Recipient {
  const { user_id, left, delivered, read } = member;
  const { dnd } = kept.preferences(user_id);
  const jobs = kept.jobs.filter(({ notification_id }) => notification_id === id);
  const [due] = jobs.map((job) => job.due_at.toISOString()).sort();
  return {
    ...{ user_id, left, delivered, read },
    reason: kept.doc?.recipients.includes(user_id) ? "made" : whyNone(traced, member, kept.preferences(user_id)),
    quiet: isQuiet(dnd, new Date(traced.created_at)),
    notification: stateOf(user_id, kept),
    devices: kept.devices.filter((device) => device.user_id === user_id).length,
    pushes_waiting: jobs.length,
    push_attempts: Math.max(0, ...jobs.map(({ attempts }) => attempts)),
    push_due_at: due ?? null,
  };
}

function whyNone(traced: Traced, member: Traced["recipients"][number], preferences: Preferences): Recipient["reason"] {
  const { conversation_id: conversationId, conversation_type, members } = traced;
  const large = isLargeGroup(conversation_type, members);
  const reason = reasonOf({ conversationId, system: traced.type === "system", large, ...member }, preferences);
  if (reason !== "waiting" && reason !== "read") return reason; // a rule that is against it whatever came of the message
  if (member.hidden) return "hidden";
  return reason === "waiting" && traced.deleted_at ? "deleted" : reason;
}

function stateOf(userId: number, { doc, cursors, keptSince }: Kept): Recipient["notification"] {
  if (!doc?.recipients.includes(userId)) return null;
  const cursor = cursors.get(userId) ?? START;
  if (!isTheirs(doc, userId, cursor, keptSince)) return "removed";
  return isRead(doc, userId, cursor) ? "read" : "unread";
}
