/** Names of people and conversations, as they become known. */
import { type Signal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Chat, type ConversationInfo, type Message, type PublicUser } from "moleculer-chat-client";
import { me, theChat, useReadable } from "./chat";
import { listOf, t } from "./i18n";

export const useUser = (id: number): PublicUser | undefined => useReadable(useMemo(() => theChat().users.of(id), [id]));

export const nameOf = (user: PublicUser | undefined): string => {
  if (!user) return "…";
  return user.status === "deleted" ? t("deletedUser") : user.username;
};
export const useName = (id: number): string => nameOf(useUser(id));
/** By client; each name is watched once, from the first time that it is asked for. */
const named = new WeakMap<Chat, Map<number, Signal<PublicUser | undefined>>>();
/** For where a hook can't stand: what shows it is shown anew when the name becomes known. */
function knownUser(id: number): PublicUser | undefined {
  const client = theChat();
  const known = named.get(client) ?? new Map<number, Signal<PublicUser | undefined>>();
  named.set(client, known);
  let user = known.get(id);
  if (!user) {
    const readable = client.users.of(id);
    const made = signal(readable.value);
    readable.subscribe((value) => (made.value = value));
    known.set(id, (user = made));
  }
  return user.value;
}
/** Undefined until it is known. */
export const knownUserName = (id: number): string | undefined => {
  const user = knownUser(id);
  return user && nameOf(user);
};
export const knownName = (id: number): string => (id === me() ? t("you") : nameOf(knownUser(id)));

export const otherOf = (c: ConversationInfo): number | undefined =>
  c.type === "private"
    ? (c.participants.find((id) => id !== me()) ?? (c.initiator_id === me() ? undefined : c.initiator_id))
    : undefined;

export function useTitle(c: ConversationInfo): string {
  const other = otherOf(c);
  const user = useUser(other ?? me());
  if (other !== undefined) return nameOf(user);
  return (
    c.name ??
    (listOf(
      c.participants
        .filter((id) => id !== me())
        .slice(0, 3)
        .map(knownName),
    ) ||
      t("group"))
  );
}

/** The same where a hook can't stand. */
export function knownTitle(c: ConversationInfo): string {
  const other = otherOf(c);
  if (other !== undefined) return nameOf(knownUser(other));
  return (
    c.name ??
    listOf(
      c.participants
        .filter((id) => id !== me())
        .slice(0, 3)
        .map(knownName),
    )
  );
}

export const useOnline = (id: number | undefined): boolean =>
  useReadable(useMemo(() => (id === undefined ? nobody : theChat().presence.of(id)), [id])).online;
const nobody = { value: { userId: 0, online: false, lastSeen: null }, subscribe: () => () => undefined };

export type Role = "admin" | "moderator" | "member";
export function roleIn(c: ConversationInfo, id = me()): Role {
  if (c.admin_id === id) return "admin";
  return c.moderator_ids.includes(id) ? "moderator" : "member";
}
export const isStaffIn = (c: ConversationInfo): boolean => c.type === "group" && roleIn(c) !== "member";

/** Whom a message names, as they are called. */
export function mentionsOf(message: Message): { name: string; me: boolean }[] {
  const named = message.mentions.map((id) => ({ name: knownUser(id)?.username ?? "", me: id === me() }));
  const all = message.mention_all ? [{ name: "all", me: true }] : [];
  return [...named.filter(({ name }) => name), ...all];
}
