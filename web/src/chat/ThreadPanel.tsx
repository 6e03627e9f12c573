/** One message and the replies to it; whoever follows it is told of new ones. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Conversation, type Message } from "moleculer-chat-client";
import { theChat, useAsked, useReadable } from "../app/chat";
import { fullTimeOf, shortTimeOf, t } from "../app/i18n";
import { mentionsOf, nameOf, useUser } from "../app/people";
import { refreshThread, threadOf } from "../app/threads";
import { attempt } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { EmojiPicker } from "../ui/EmojiPicker";
import { Switch } from "../ui/Field";
import { IconButton } from "../ui/Icon";
import { Markdown } from "../ui/Markdown";
import { Popover } from "../ui/Menu";
import { Attachments } from "./Attachments";
import { Panel } from "./Panel";
import { Reactions } from "./Reactions";

interface Props {
  readonly conversation: Conversation;
  readonly messageId: string;
  /** Whether one may write here. */
  readonly writes: boolean;
}
export function ThreadPanel({ conversation, messageId, writes }: Props) {
  const thread = useMemo(() => conversation.thread(messageId), [conversation, messageId]);
  const replies = useReadable(thread);
  const root = useAsked(() => theChat().message(messageId), [messageId]).value;
  const shown = useReadable(conversation.messages);
  const live = shown.find((m): m is Extract<typeof m, { state: "sent" }> => m.state === "sent" && m._id === messageId);
  const first = live ?? root;
  const end = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => end.current?.scrollIntoView({ block: "end" }), [replies.length]);
  useEffect(() => refreshThread(conversation, messageId), [replies.length]);
  return (
    <Panel title={t("thread")} fixed>
      <div class="thread scroll">
        {first && <One message={first} conversation={conversation} />}
        <Follow conversation={conversation} messageId={messageId} />
        <hr />
        {replies.length === 0 && <p class="hint">{t("noReplies")}</p>}
        {replies.map((message) => (
          <One key={message._id} message={message} conversation={conversation} />
        ))}
        {thread.hasMore && replies.length > 0 && (
          <button type="button" onClick={() => attempt(thread.loadMore())}>
            {t("showMore")}
          </button>
        )}
        <div ref={end} />
      </div>
      {first && writes && <Answer conversation={conversation} root={first} />}
    </Panel>
  );
}

function Follow({ conversation, messageId }: { conversation: Conversation; messageId: string }) {
  const summary = threadOf(conversation, messageId);
  if (!summary.value) return null;
  const follow = async (on: boolean): Promise<void> => {
    await conversation.thread(messageId).follow(on);
    if (summary.peek()) summary.value = { ...summary.peek(), following: on } as typeof summary.value;
  };
  return (
    <Switch
      label={t("followThread")}
      hint={t("followThreadHint")}
      checked={summary.value.following}
      onChange={(on) => attempt(follow(on))}
    />
  );
}

function Answer({ conversation, root }: { conversation: Conversation; root: Message }) {
  const [text, setText] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    if (!text.trim()) return;
    conversation.send({ text: text.trim(), replyTo: root }).sent.catch(() => undefined); // the message itself says why
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return (
    <form class="thread-form" onSubmit={send}>
      <textarea
        rows={2}
        aria-label={t("replyInThread")}
        placeholder={t("replyInThread")}
        dir="auto"
        maxLength={4000}
        value={text}
        onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Popover icon="smile" label={t("insertEmoji")}>
        {(close) => <EmojiPicker onPick={(emoji) => (setText((before) => before + emoji), close())} />}
      </Popover>
      <IconButton icon="send" label={t("sendReply")} class="primary" disabled={!text.trim()} onClick={send} />
    </form>
  );
}

function One({ message, conversation }: { message: Message; conversation: Conversation }) {
  const user = useUser(message.sender_id);
  const name = nameOf(user);
  const sent = { ...message, state: "sent", key: message._id } as const;
  return (
    <article class="thread-message">
      <Avatar name={name} id={message.sender_id} url={user?.avatar_url} size="small" />
      <div>
        <strong dir="auto">{name}</strong>{" "}
        <time dateTime={message.created_at} title={fullTimeOf(message.created_at)}>
          {shortTimeOf(message.created_at)}
        </time>
        {message.deleted_at ? (
          <p class="gone">{t("deletedMessage")}</p>
        ) : (
          <>
            <Attachments message={sent} conversation={conversation} />
            {message.content && <Markdown text={message.content} mentions={mentionsOf(message)} />}
            <Reactions message={sent} conversation={conversation} />
          </>
        )}
      </div>
    </article>
  );
}
