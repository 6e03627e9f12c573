/** What notifications keep for a deleted account: its devices, its wishes, how far it has read. */
import { type Traces } from "../../contracts/erasure";
import { type NotificationsContext } from "./context";

/** Beyond the position of whatever may come. */
const ALL = Number.MAX_SAFE_INTEGER;

export async function tracesOf({ stores }: NotificationsContext, user_id: number): Promise<Traces> {
  const [devices, preferences, feeds, mails] = await Promise.all([
    stores.devices.count({ user_id }),
    stores.preferences.count({ user_id }),
    stores.cursors.count({ user_id, gone: { $lt: ALL } }),
    stores.mails.count({ user_id }),
  ]);
  return { counts: { devices, preferences, feeds, mails }, places: [] };
}

export async function erase(context: NotificationsContext, user_id: number): Promise<{ done: boolean; held: boolean }> {
  const { stores } = context;
  await stores.devices.remove({ user_id });
  await stores.preferences.remove({ user_id });
  await stores.mails.remove({ user_id });
  context.preferences.forget(user_id);
  // Where nothing is theirs any more it goes with the others', by its age.
  await stores.cursors.updateMany({ user_id }, { $set: { read: ALL, gone: ALL } });
  return { done: true, held: false };
}
