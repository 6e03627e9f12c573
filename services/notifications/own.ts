/** What users do with their own notifications; whose they are is never taken from a payload. */
import { type Caller } from "../../contracts/caller";
import { type Params, type Result } from "../../contracts/actions";
import { fail } from "../../contracts/errors";
import { type Notification } from "../../contracts/shapes";
import { toUsers } from "../../mixins/delivery";
import { type Filter } from "../../mixins/documents";
import { type NotificationsContext } from "./context";
import { type NotificationDoc } from "./documents";
import { keyFrom } from "./ids";
import { isRead, view } from "./marks";
import { behind, type Own } from "./reading";
import { MOST_EVENTS } from "./teller";

const noSuch = () => fail("NOTFOUND", "There is no such notification.");

/** One of the caller's own. @throws NOTFOUND */
async function find(context: NotificationsContext, { userId }: Caller, id: string): Promise<Own> {
  const own = await context.reading.one(userId, id, context.keptSince());
  if (!own) throw noSuch();
  const { doc, cursor } = own;
  const [titled = doc] = await context.usernames.retitled([doc]);
  return { doc: titled, cursor };
}

/**
 * What comes after `before` in a list that is newest first; it may have been deleted or withdrawn meanwhile. Where nothing
 * is left of it, it was so old that no more is kept than what is unread.
 * @throws NOTFOUND for another's
 */
async function olderThan(
  context: NotificationsContext,
  caller: Caller,
  before: string,
): Promise<Filter<NotificationDoc>> {
  if (!/^[0-9a-f]{24}$/.test(before)) return { created_at: { $lt: new Date(before) } };
  const key = keyFrom(before, caller.userId);
  if (key === undefined) throw noSuch();
  const doc = await context.stores.notifications.findOne({ _id: key });
  return doc ? behind(doc) : { created_at: { $lt: context.keptSince() } };
}

export async function list(
  context: NotificationsContext,
  caller: Caller,
  { unreadOnly = false, group = false, limit, before }: Params<"notifications.list">,
): Promise<Result<"notifications.list">> {
  const { userId } = caller;
  const older = before === undefined ? undefined : await olderThan(context, caller, before);
  const asked = { unreadOnly, limit, before: older, keptSince: context.keptSince() };
  if (group) return context.groups.list(userId, asked);
  return (await context.reading.list(userId, asked)).map(({ doc, cursor }) => view(doc, userId, cursor));
}

export async function get(context: NotificationsContext, caller: Caller, id: string): Promise<Notification> {
  const { doc, cursor } = await find(context, caller, id);
  return view(doc, caller.userId, cursor);
}

export async function read(context: NotificationsContext, caller: Caller, id: string): Promise<Notification> {
  const { userId } = caller;
  const { doc, cursor } = await find(context, caller, id);
  if (isRead(doc, userId, cursor)) return view(doc, userId, cursor);
  const unread: Filter<NotificationDoc> = {
    _id: doc._id,
    $or: [{ read_by: { $ne: userId } }, { unread_by: userId }],
  };
  const change = { $addToSet: { read_by: userId }, $pull: { unread_by: userId } };
  const changed = await context.badges.changing([doc.feed], async () => {
    context.badges.changed(doc.feed, [userId]);
    return context.stores.notifications.updateOne(unread, change);
  });
  if (changed) {
    await context.teller.read(userId, [doc]);
    await context.badges.tell([userId]);
  }
  return { ...view(doc, userId, cursor), is_read: true };
}

export async function readAll(context: NotificationsContext, caller: Caller): Promise<Result<"notifications.readAll">> {
  const { userId } = caller;
  const { badges, reading, feeds, teller, stores } = context;
  const unread = await reading.unread(userId);
  const told: NotificationDoc[] = [];
  let count = 0;
  await badges.changing(unread.keys(), async () => {
    for (const [feed, found] of unread) {
      const last = await feeds.lastOf(feed);
      const left = MOST_EVENTS - told.length;
      if (teller.hears(userId) && left > 0) told.push(...(await reading.unreadDocs(feed, userId, last, left)));
      const named = { feed, unread_by: userId };
      const pulled = await stores.notifications.updateMany(named, { $pull: { unread_by: userId } });
      if ((await feeds.move(feed, userId, "read", last)) || pulled) count += found;
      badges.changed(feed, [userId]);
    }
  });
  if (count) {
    await teller.read(userId, told);
    await badges.tell([userId]);
  }
  return { count };
}

export async function remove(
  context: NotificationsContext,
  caller: Caller,
  id: string,
): Promise<Record<string, never>> {
  const { userId } = caller;
  const { doc } = await find(context, caller, id);
  const standing: Filter<NotificationDoc> = { _id: doc._id, deleted_by: { $ne: userId } };
  const changed = await context.badges.changing([doc.feed], async () => {
    context.badges.changed(doc.feed, [userId]);
    return context.stores.notifications.updateOne(standing, { $addToSet: { deleted_by: userId } });
  });
  if (!changed) throw noSuch();
  await context.teller.gone(userId, [doc]);
  await context.badges.tell([userId]);
  return {};
}

export function pong(context: NotificationsContext, caller: Caller): Result<"notifications.ping"> {
  const answer = { timestamp: new Date().toISOString() };
  context.emit([toUsers("/notifications", "pong", [caller.userId], answer)]);
  return answer;
}
