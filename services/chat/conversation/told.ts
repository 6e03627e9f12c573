/** What a `system` message says to clients that don't word it themselves; names may change, so it has none of people. */
import { type SystemEvent } from "../../../contracts/shapes";

const sentences: Readonly<Record<SystemEvent["event"], string>> = {
  member_added: "A member was added.",
  member_removed: "A member was removed.",
  member_left: "A member left.",
  moderator_promoted: "A member became a moderator.",
  moderator_demoted: "A moderator became a member.",
  admin_transferred: "The group has a new admin.",
  conversation_renamed: "The group was renamed.",
  avatar_changed: "The group has a new picture.",
};

export const toldBy = ({ event, name }: SystemEvent): string =>
  event === "conversation_renamed" && name ? `The group is now called ${name}.` : sentences[event];
