/**
 * What notifications keep for a deleted account: its devices, its wishes, how far it has read, what was for it alone; and its
 * name in what others are told, which is written over where it stands, a page of its conversations at a time.
 */
import { type Result } from "../../contracts/actions";
import { DELETED_NAME } from "../../contracts/shapes";
import { type Filter } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { type NotificationsContext } from "./context";
import { type NotificationDoc } from "./documents";
import { remindersOf, systemFeedOf } from "./sources";
import { titleNow } from "./usernames";

/** Beyond the position of whatever may come. */
const ALL = Number.MAX_SAFE_INTEGER;
/** Conversations looked at in one step, and notifications changed in one go. */
const PLACES = 50;
const PAGE = 50;
/** Notifications read at once; and how long a step takes, about: what is left then, the next one does. */
const READ = 200;
const STEP_MS = 2_000;

type Step = Result<"notifications.erase">;

/** Reminders, and what the staff told them. */
const forThemAlone = (user_id: number): Filter<NotificationDoc> => ({
  $or: [
    { feed: remindersOf(user_id) },
    { feed: systemFeedOf(user_id), source: { $prefix: "notice:" }, recipients: user_id },
  ],
});

const named = { actor_name: { $exists: true, $ne: DELETED_NAME } } as const;
const titledIn = (conversationIds: readonly string[], actor_id: number): Filter<NotificationDoc> => ({
  feed: { $in: conversationIds },
  actor_id,
  ...named,
});

/** They may have sent where they never got anything. */
const placesOf = ({ service }: NotificationsContext, userId: number, after: string | undefined): Promise<string[]> =>
  call(service.broker, "chat.everIn", { userId, limit: PLACES, ...(after === undefined ? {} : { after }) });

const nextOf = (places: readonly string[]): Pick<Step, "next"> => {
  const last = places.length < PLACES ? undefined : places.at(-1);
  return last === undefined ? {} : { next: last };
};

export async function tracesOf(
  context: NotificationsContext,
  user_id: number,
  from?: string,
): Promise<Result<"notifications.traces">> {
  const { stores } = context;
  const places = await placesOf(context, user_id, from);
  const counts: Record<string, number> = {
    titles: places.length ? await stores.notifications.count(titledIn(places, user_id), { aside: true }) : 0,
  };
  if (from === undefined) {
    counts.titles = (counts.titles ?? 0) + (await stores.pushJobs.count({ actor_id: user_id, ...named }));
    counts.devices = await stores.devices.count({ user_id });
    counts.preferences = await stores.preferences.count({ user_id });
    counts.feeds = await stores.cursors.count({ user_id, gone: { $lt: ALL } });
    counts.mails = await stores.mails.count({ user_id });
    counts.notifications = await stores.notifications.count(forThemAlone(user_id));
  }
  return { counts, places: [], ...nextOf(places) };
}

export async function erase(context: NotificationsContext, user_id: number, from?: string): Promise<Step> {
  if (from === undefined) await eraseOwn(context, user_id);
  const places = await placesOf(context, user_id, from);
  const end = Date.now() + STEP_MS;
  let reached = from;
  for (const place of places) {
    const isDone = await rename(context, user_id, place, end);
    if (!isDone) return { done: false, held: false, ...(reached === undefined ? {} : { next: reached }) };
    reached = place;
  }
  const next = nextOf(places);
  return { done: next.next === undefined, held: false, ...next };
}

async function eraseOwn(context: NotificationsContext, user_id: number): Promise<void> {
  const { stores } = context;
  context.usernames.set(user_id, DELETED_NAME);
  await stores.devices.remove({ user_id });
  await stores.preferences.remove({ user_id });
  await stores.mails.remove({ user_id });
  context.preferences.forget(user_id);
  // Where nothing is theirs any more it goes with the others', by its age.
  await stores.cursors.updateMany({ user_id }, { $set: { read: ALL, gone: ALL } });
  await stores.notifications.remove(forThemAlone(user_id));
  await stores.cursors.remove({ user_id, feed: remindersOf(user_id) });
  await stores.heads.remove({ _id: remindersOf(user_id) });
  const waiting = await stores.pushJobs.find({ actor_id: user_id, ...named });
  const changes = waiting.map(({ _id, version, ...job }) => {
    const title = titleNow({ ...job, actor_id: user_id, title: job.note.title }, DELETED_NAME);
    return { filter: { _id, version }, change: { $set: { "note.title": title, actor_name: DELETED_NAME } } };
  });
  if (changes.length) await stores.pushJobs.updateEach(changes);
}

/** @returns whether it was done in time */
async function rename(
  { stores: { notifications }, rests }: NotificationsContext,
  actor_id: number,
  feed: string,
  end: number,
): Promise<boolean> {
  const options = {
    sort: [["position", 1]],
    limit: READ,
    fields: ["position", "title", "actor_name"],
    aside: true,
  } as const;
  for (let after = -1; ;) {
    const titled = { ...titledIn([feed], actor_id), feed, position: { $gt: after } };
    const page = await rests.run(() => notifications.find(titled, options));
    const changes = page.map((doc) => {
      const title = titleNow({ ...doc, actor_id }, DELETED_NAME);
      return { filter: { _id: doc._id }, change: { $set: { title, actor_name: DELETED_NAME } } };
    });
    for (let i = 0; i < changes.length; i += PAGE)
      await rests.run(() => notifications.updateEach(changes.slice(i, i + PAGE)));
    const last = page.at(-1);
    if (!last || page.length < READ) return true;
    after = last.position;
    if (Date.now() > end) return false;
  }
}
