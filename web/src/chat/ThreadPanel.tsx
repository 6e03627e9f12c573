/** One message and the replies to it. */
import { useMemo, useState } from "preact/hooks";
import { type Conversation, type Message } from "moleculer-chat-client";
import { theChat, useAsked, useReadable } from "../app/chat";
import { shortTimeOf, t } from "../app/i18n";
import { nameOf, useUser } from "../app/people";
import { attempt } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Icon";
import { Markdown } from "../ui/Markdown";
import { Panel } from "./Panel";

export function ThreadPanel({ conversation, messageId }: { conversation: Conversation; messageId: string }) {
  const thread = useMemo(() => conversation.thread(messageId), [conversation, messageId]);
  const replies = useReadable(thread);
  const root = useAsked(() => theChat().rest.ask<Message>("GET", `/messages/${messageId}`), [messageId]).value;
  const [text, setText] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    if (!text.trim()) return;
    conversation.send({ text: text.trim(), replyTo: root ?? messageId }).sent.catch(() => undefined);
    setText("");
  };
  return (
    <Panel title={t("thread")}>
      {root && <One message={root} />}
      <hr />
      {replies.length === 0 && <p class="hint">{t("noReplies")}</p>}
      {replies.map((message) => (
        <One key={message._id} message={message} />
      ))}
      {thread.hasMore && replies.length > 0 && (
        <button type="button" onClick={() => attempt(thread.loadMore())}>
          {t("showMore")}
        </button>
      )}
      <form class="thread-form" onSubmit={send}>
        <input
          aria-label={t("replyInThread")}
          placeholder={t("replyInThread")}
          dir="auto"
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <IconButton icon="send" label={t("sendReply")} class="primary" disabled={!text.trim()} onClick={send} />
      </form>
    </Panel>
  );
}

function One({ message }: { message: Message }) {
  const user = useUser(message.sender_id);
  const name = nameOf(user);
  return (
    <article class="thread-message">
      <Avatar name={name} id={message.sender_id} url={user?.avatar_url} size="small" />
      <div>
        <strong dir="auto">{name}</strong> <time dateTime={message.created_at}>{shortTimeOf(message.created_at)}</time>
        {message.deleted_at ? (
          <p class="gone">{t("deletedMessage")}</p>
        ) : (
          <Markdown text={message.content || t("attachment")} />
        )}
      </div>
    </article>
  );
}
