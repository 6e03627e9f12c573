/** Groups whose admin's account was deleted: they pass to another member, so that none is left without an admin. */
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { call } from "../../../platform/bus";
import { type Names } from "./names";
import { type Stores } from "../host/stores";

/** The longest-serving moderator, else the longest-serving member, whose account is there. */
async function heirOf(
  userId: number,
  stores: Stores,
  names: Names,
  conversation_id: string,
): Promise<number | undefined> {
  const members = await stores.members.find({ conversation_id, left_at: null, user_id: { $ne: userId } });
  const profiles = await names.of(members.map((m) => m.user_id));
  const present = members
    .filter((m) => profiles.get(m.user_id)?.status === "active")
    .sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime());
  return (present.find((m) => m.role === "moderator") ?? present[0])?.user_id;
}

/** The membership stays, as the messages do, under the name of a deleted user. */
export async function handOverGroupsOf(
  userId: number,
  broker: ServiceBroker,
  stores: Stores,
  names: Names,
): Promise<void> {
  const caller: Caller = { userId, sessionId: "", roles: [] };
  const groups = await stores.conversations.find({ participants: userId, admin_id: userId, deleted_at: null });
  for (const { _id: conversationId } of groups) {
    const heir = await heirOf(userId, stores, names, conversationId);
    if (heir === undefined) continue;
    const command = { kind: "setRole", userId: heir, role: "admin" };
    await call(broker, "chat.run", { conversationId, command }, { meta: { caller } });
  }
}
