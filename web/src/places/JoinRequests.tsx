/** Who waits to be let into a group; asked again whenever somebody asks or is answered. */
import { type ConversationInfo } from "moleculer-chat-client";
import { theChat, useAsked, useChatEvent } from "../app/chat";
import { shortTimeOf, t } from "../app/i18n";
import { isStaffIn } from "../app/people";
import { attempt } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Icon";

export function useJoinRequests(c: ConversationInfo) {
  const { ask } = theChat();
  const staff = isStaffIn(c);
  const load = () => (staff ? ask("conversation:join-requests", { conversationId: c._id }) : Promise.resolve([]));
  const { value = [], again } = useAsked(load, [c._id, staff, c.member_count]);
  const hear = ({ conversationId }: { conversationId: string }): void => void (conversationId === c._id && again());
  useChatEvent("conversation:join-requested", hear);
  useChatEvent("conversation:join-answered", hear);
  return value;
}

export function JoinRequests({ c }: { c: ConversationInfo }) {
  const waiting = useJoinRequests(c);
  if (waiting.length === 0) return null;
  const answer = (userId: number, approved: boolean): void =>
    attempt(theChat().ask("conversation:answer-request", { conversationId: c._id, userId, approved }));
  return (
    <section class="join-requests">
      <h3>{t("joinRequests", { count: waiting.length })}</h3>
      <ul class="members">
        {waiting.map(({ userId, username, avatar_url, at }) => (
          <li key={userId}>
            <Avatar name={username} id={userId} url={avatar_url} size="small" />
            <span class="words">
              <strong dir="auto">{username}</strong> <time dateTime={at}>{shortTimeOf(at)}</time>
            </span>
            <IconButton icon="check" label={`${t("approve")}: ${username}`} onClick={() => answer(userId, true)} />
            <IconButton icon="close" label={`${t("deny")}: ${username}`} onClick={() => answer(userId, false)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
