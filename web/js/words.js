/** What system messages say. */
import { me } from "./session.js";
import { nameOf } from "./model.js";

const who = (id) => (id === me()?.user_id ? "You" : nameOf(id));
const whom = (id) => (id === me()?.user_id ? "you" : nameOf(id));

const SENTENCES = {
  member_added: (s) => `${who(s.actorId)} added ${whom(s.userId)}`,
  member_removed: (s) => `${who(s.actorId)} removed ${whom(s.userId)}`,
  member_left: (s) => `${who(s.userId ?? s.actorId)} left`,
  moderator_promoted: (s) => `${who(s.actorId)} made ${whom(s.userId)} a moderator`,
  moderator_demoted: (s) => `${who(s.actorId)} made ${whom(s.userId)} a member again`,
  admin_transferred: (s) => `${who(s.actorId)} handed the group over to ${whom(s.userId)}`,
  conversation_renamed: (s) => `${who(s.actorId)} renamed the group to “${s.name ?? ""}”`,
  avatar_changed: (s) => `${who(s.actorId)} changed the picture`,
};

export function systemText(message) {
  const said = message.system && SENTENCES[message.system.event];
  return said ? said(message.system) : message.content || "The group changed";
}
