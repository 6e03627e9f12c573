/** What becomes of the places of an account that was deleted or banned: groups are led by active accounts alone. */
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { call } from "../../../platform/bus";
import { type CommandBody } from "../conversation/commands";
import { type ConversationDoc } from "../conversation/documents";
import { type Names } from "./names";
import { type Stores } from "../host/stores";

/** Those of the users who can lead no group: their account is deleted or banned. */
export async function inactiveOf(names: Names, userIds: readonly number[]): Promise<number[]> {
  const profiles = await names.of(userIds);
  return userIds.filter((id) => profiles.get(id)?.status !== "active");
}

/** The longest-serving moderator, else the longest-serving member, whose account is active. */
async function heirOf(
  userId: number,
  stores: Stores,
  names: Names,
  conversation_id: string,
): Promise<number | undefined> {
  const members = await stores.members.find({ conversation_id, left_at: null, user_id: { $ne: userId } });
  const inactive = await inactiveOf(
    names,
    members.map((m) => m.user_id),
  );
  const present = members
    .filter((m) => !inactive.includes(m.user_id))
    .sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime());
  return (present.find((m) => m.role === "moderator") ?? present[0])?.user_id;
}

/**
 * A deleted account leaves its groups, and counts no more in its private conversations; its messages stay, under the name
 * of a deleted user. The groups of a banned one pass to another member.
 */
export async function depart(
  { userId, deleted }: { userId: number; deleted: boolean },
  broker: ServiceBroker,
  stores: Stores,
  names: Names,
): Promise<void> {
  const caller: Caller = { userId, sessionId: "", roles: [] };
  const commandFor = async ({ _id, type, participants }: ConversationDoc): Promise<CommandBody | undefined> => {
    if (deleted && type === "private") return { kind: "accountGone" };
    if (deleted) return { kind: "removeMember", userId, inactive: await inactiveOf(names, participants) };
    const heir = await heirOf(userId, stores, names, _id);
    return heir === undefined ? undefined : { kind: "setRole", userId: heir, role: "admin" };
  };
  const led = deleted ? {} : { admin_id: userId };
  const conversations = await stores.conversations.find({ participants: userId, deleted_at: null, ...led });
  for (const conversation of conversations) {
    const command = await commandFor(conversation);
    if (command) await call(broker, "chat.run", { conversationId: conversation._id, command }, { meta: { caller } });
  }
}
