/** What system messages say, from the reader's side. */
import { type Message } from "moleculer-chat-client";
import { t, type Word } from "../app/i18n";
import { knownName } from "../app/people";

const words: Readonly<Record<NonNullable<Message["system"]>["event"], Word>> = {
  member_added: "systemAdded",
  member_removed: "systemRemoved",
  member_left: "systemLeft",
  moderator_promoted: "systemPromoted",
  moderator_demoted: "systemDemoted",
  admin_transferred: "systemTransferred",
  conversation_renamed: "systemRenamed",
  avatar_changed: "systemPicture",
};

export function systemText({ system, content }: Pick<Message, "system" | "content">): string {
  const word = system && words[system.event];
  if (!word) return content || t("systemOther");
  const actor = knownName(system.event === "member_left" ? (system.userId ?? system.actorId) : system.actorId);
  return t(word, { actor, user: system.userId === undefined ? "" : knownName(system.userId), name: system.name ?? "" });
}
