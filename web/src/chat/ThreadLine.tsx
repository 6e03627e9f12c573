/** Below a message: how many replied, who, and when last; leads into the thread. */
import { type Conversation, type ThreadSummary } from "moleculer-chat-client";
import { shortTimeOf, t } from "../app/i18n";
import { nameOf, useUser } from "../app/people";
import { showPanel } from "../app/router";
import { threadOf } from "../app/threads";
import { Avatar } from "../ui/Avatar";

export function ThreadLine({ conversation, messageId }: { conversation: Conversation; messageId: string }) {
  const summary = threadOf(conversation, messageId).value;
  return summary ? <Line summary={summary} /> : null;
}

const FACES = 3;

function Line({ summary }: { summary: ThreadSummary }) {
  const { message_id, reply_count, last_reply, repliers, unread } = summary;
  return (
    <button type="button" class="thread-line" onClick={() => showPanel(`thread-${message_id}`)}>
      <span class="faces">
        {repliers.slice(0, FACES).map((id) => (
          <Face key={id} id={id} />
        ))}
      </span>
      <strong>{t("replies", { count: reply_count })}</strong>
      {last_reply && <time dateTime={last_reply.created_at}>{shortTimeOf(last_reply.created_at)}</time>}
      {unread > 0 && <span class="badge">{t("newReplies", { count: unread })}</span>}
    </button>
  );
}

function Face({ id }: { id: number }) {
  const user = useUser(id);
  return <Avatar name={nameOf(user)} id={id} url={user?.avatar_url} size="small" />;
}
