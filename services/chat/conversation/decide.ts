/** The actor's mind: one command, decided on the state in memory. Rules read as prose in ./rules. */
import { type Result } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { Fenced } from "../../../platform/fenced";
import { changesAtHand } from "./at-hand";
import { type Command } from "./commands";
import { updateMember } from "./rules/custom";
import { tellEvent } from "./rules/events";
import { deleteMessage } from "./rules/deletions";
import { edit } from "./rules/edits";
import { forgetMarks, forgetOwn } from "./rules/forgetting";
import { expire, setRetention } from "./rules/retention";
import * as invitations from "./rules/invitations";
import * as joining from "./rules/joining";
import { checkLock, lock } from "./rules/locks";
import * as members from "./rules/members";
import * as messages from "./rules/messages";
import { pinMessage } from "./rules/pins";
import * as polls from "./rules/polls";
import { attachPreview } from "./rules/previews";
import { react } from "./rules/reactions";
import * as receipts from "./rules/receipts";
import * as requests from "./rules/requests";
import { saveMessage } from "./rules/saved";
import * as own from "./rules/settings";
import { endTypingFor, typing } from "./rules/typing";
import { type State } from "./state";
import { type Turn } from "./turn";

/**
 * Decides a command; what it changes and tells is gathered in the turn.
 * @returns what its sender is answered with, once the turn is stored
 * @throws a refusal from contracts/errors; then the turn has not been touched by it
 */
export function decide(turn: Turn, command: Command): unknown {
  const { userId, staff, body } = command;
  if (turn.ended) throw fail("NOTFOUND", "There is no such conversation.");
  checkLock(turn, command);
  switch (body.kind) {
    case "send":
      return messages.send(turn, userId, body);
    case "edit":
      return edit(turn, userId, body);
    case "preview":
      attachPreview(turn, body);
      return {};
    case "deleteMessage":
      deleteMessage(turn, userId, body, staff);
      return {};
    case "react":
      return react(turn, userId, body);
    case "followThread":
      return own.followThread(turn, userId, body);
    case "vote":
      return polls.vote(turn, userId, body);
    case "closePoll":
      return polls.closePoll(turn, userId, body);
    case "saveMessage":
      return saveMessage(turn, userId, body);
    case "pinMessage":
      return pinMessage(turn, userId, body);
    case "receipt":
      return { count: receipts.mark(turn, userId, body.messageIds, body.status) };
    case "receiptOfOne":
      return { count: receipts.markOne(turn, userId, body.messageId, body.status) };
    case "markRead":
      return { count: receipts.markRead(turn, userId, body.seq) };
    case "typing":
      typing(turn, userId, body);
      return {};
    case "event":
      tellEvent(turn, userId, body);
      return {};
    case "typingUnheard":
      endTypingFor(turn, userId, body.by);
      return {};
    case "open":
      turn.opened = true;
      if (turn.state.blockers) own.follow(turn, turn.state.blockers);
      requests.tellCreated(turn);
      invitations.tellAllInvited(turn);
      turn.joiners.push({ users: [userId], eager: false });
      turn.joiners.push({ users: turn.state.conversation.participants, eager: true });
      if (body.draft) messages.send(turn, userId, body.draft);
      return {};
    case "reopen":
      if (turn.state.blockers) own.follow(turn, turn.state.blockers);
      requests.reopen(turn, userId);
      turn.joiners.push({ users: [userId], eager: false });
      return {};
    case "accept":
      if (isGroup(turn)) invitations.acceptInvitation(turn, userId);
      else requests.accept(turn, userId);
      return {};
    case "decline":
      if (isGroup(turn)) invitations.declineInvitation(turn, userId);
      else requests.decline(turn, userId);
      return {};
    case "update":
      members.update(turn, userId, body);
      return {};
    case "updateMember":
      return updateMember(turn, userId, body);
    case "delete":
      members.end(turn, userId, staff);
      return {};
    case "enter":
      return joining.enter(turn, userId, body.secret);
    case "createLink":
      return joining.createLink(turn, userId, body);
    case "revokeLink":
      joining.revokeLink(turn, userId, body.linkId);
      return {};
    case "answerRequest":
      joining.answerRequest(turn, userId, body.userId, body.approved);
      return {};
    case "addMember":
      invitations.addMember(turn, userId, body.userId, body.how);
      return {};
    case "removeMember":
      members.removeMember(turn, userId, body.userId, body.inactive);
      return {};
    case "accountGone":
      members.accountGone(turn, userId);
      return {};
    case "setRole":
      members.setRole(turn, userId, body.userId, body.role);
      return {};
    case "settings":
      own.settings(turn, userId, body);
      return {};
    case "keepDraft":
      own.keepDraft(turn, userId, body);
      return {};
    case "lock":
      lock(turn, userId, staff, body.locked);
      return {};
    case "setRetention":
      setRetention(turn, userId, body.retention);
      return {};
    case "expire":
      return expire(turn, body);
    case "forgetMarks":
      return forgetMarks(turn, body);
    case "forgetOwn":
      forgetOwn(turn, body.userId);
      return {};
    case "clear":
      own.clear(turn, userId);
      return {};
    case "blocks":
      if (!turn.state.blockers) throw fail("UNAVAILABLE", "The block lists can't be read; try again.");
      own.follow(turn, turn.state.blockers);
      turn.position(); // who read earlier, and is slower, does not get through
      return {};
    case "letGo":
      if (body.besides && turn.state.onHold) return { closed: false, held: true };
      turn.released.push(...body.urls);
      turn.besides.push(...(body.besides ?? []));
      return turn.closing;
    case "audience":
      // Another node's actor went on and died: this one was here before, and did not notice.
      if ((body.atLeast ?? 0) > turn.state.conversation.last_seq) throw new Fenced(turn.state.conversation._id);
      return audience(turn.state, body.after);
    case "changes":
      if (body.atLeast > turn.state.conversation.pos) throw new Fenced(turn.state.conversation._id);
      return changesAtHand(turn, userId, body);
  }
}

const isGroup = ({ state }: Turn): boolean => state.conversation.type === "group";

/** Whom the conversation reaches, for an api node; and what that node missed. */
function audience(state: State, after: number | undefined): Result<"chat.audience"> {
  const { membersVersion, conversation } = state;
  const missed = after === undefined ? {} : { missed: messages.missedSince(state, after) };
  return { membersVersion, members: [...conversation.participants], ...missed };
}
