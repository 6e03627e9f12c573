/** What users do with their own notifications; whose they are is never taken from a payload. */
import { type Caller } from "../../contracts/caller";
import { type Params, type Result } from "../../contracts/actions";
import { fail } from "../../contracts/errors";
import { type Notification } from "../../contracts/shapes";
import { type Emission, toUsers } from "../../mixins/delivery";
import { type Filter } from "../../mixins/documents";
import { goneNow, type NotificationDoc, view } from "./documents";
import { type NotificationsContext } from "./context";

/** Of a read-all: beyond these the new count has to do. */
const MOST_READ_EVENTS = 500;

const own = ({ userId }: Caller): Filter<NotificationDoc> => ({ user_id: userId, deleted_at: { $exists: false } });
const readEvent = (userId: number, notificationId: string): Emission =>
  toUsers("/notifications", "notification:read", [userId], { notificationId, is_read: true });

async function find(context: NotificationsContext, caller: Caller, id: string): Promise<NotificationDoc> {
  const doc = await context.stores.notifications.findOne({ ...own(caller), _id: id });
  if (!doc) throw fail("NOTFOUND", "There is no such notification.");
  return doc;
}

/** Conditions for what comes after `before` in a list that is newest first. */
async function olderThan(
  context: NotificationsContext,
  caller: Caller,
  before: string,
): Promise<Filter<NotificationDoc>> {
  if (!/^[0-9a-f]{24}$/.test(before)) return { created_at: { $lt: new Date(before) } };
  const { created_at, _id } = await find(context, caller, before);
  return { $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: _id } }] };
}

export async function list(
  context: NotificationsContext,
  caller: Caller,
  { unreadOnly, limit, before }: Params<"notifications.list">,
): Promise<Notification[]> {
  const filter: Filter<NotificationDoc> = {
    ...own(caller),
    ...(unreadOnly ? { is_read: false } : {}),
    ...(before === undefined ? {} : await olderThan(context, caller, before)),
  };
  const sort = [
    ["created_at", -1],
    ["_id", -1],
  ] as const;
  return (await context.stores.notifications.find(filter, { sort, limit })).map(view);
}

export const get = async (context: NotificationsContext, caller: Caller, id: string): Promise<Notification> =>
  view(await find(context, caller, id));

export async function read(context: NotificationsContext, caller: Caller, id: string): Promise<Notification> {
  const changed = await context.stores.notifications.updateOne(
    { ...own(caller), _id: id, is_read: false },
    { $set: { is_read: true, updated_at: new Date() } },
  );
  const doc = await find(context, caller, id);
  if (changed) {
    context.emit([readEvent(caller.userId, id)]);
    await context.badges.tell([caller.userId]);
  }
  return view(doc);
}

export async function readAll(context: NotificationsContext, caller: Caller): Promise<Result<"notifications.readAll">> {
  const { notifications } = context.stores;
  const unread = { user_id: caller.userId, is_read: false };
  const told = context.hears(caller.userId)
    ? await notifications.find(unread, { fields: ["user_id"], limit: MOST_READ_EVENTS })
    : [];
  const count = await notifications.updateMany(unread, { $set: { is_read: true, updated_at: new Date() } });
  if (count) {
    context.emit(told.map(({ _id }) => readEvent(caller.userId, _id)));
    await context.badges.tell([caller.userId]);
  }
  return { count };
}

export async function remove(
  context: NotificationsContext,
  caller: Caller,
  id: string,
): Promise<Record<string, never>> {
  const changed = await context.stores.notifications.updateOne({ ...own(caller), _id: id }, { $set: goneNow() });
  if (!changed) throw fail("NOTFOUND", "There is no such notification.");
  context.emit([toUsers("/notifications", "notification:deleted", [caller.userId], { notificationId: id })]);
  await context.badges.tell([caller.userId]);
  return {};
}

export function pong(context: NotificationsContext, caller: Caller): Result<"notifications.ping"> {
  const answer = { timestamp: new Date().toISOString() };
  context.emit([toUsers("/notifications", "pong", [caller.userId], answer)]);
  return answer;
}
