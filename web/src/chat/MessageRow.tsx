/** One message: who, what, when, how far it got, and what can be done with it. */
import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import {
  type Conversation,
  type ConversationInfo,
  type PendingMessage,
  type TimelineMessage,
} from "moleculer-chat-client";
import { connection, me } from "../app/chat";
import { wordsFor } from "../app/errors";
import { fullTimeOf, t, timeOf } from "../app/i18n";
import { knownName, mentionsOf, nameOf, useUser } from "../app/people";
import { go, href } from "../app/router";
import { saved } from "../app/saved";
import { Avatar } from "../ui/Avatar";
import { Markdown } from "../ui/Markdown";
import { plainOf } from "../../../platform/plain-text";
import { Attachments } from "./Attachments";
import { LinkCard } from "./LinkCard";
import { MessageTools } from "./MessageTools";
import { PollCard } from "./PollCard";
import { Reactions } from "./Reactions";
import { systemText } from "./system";
import { ThreadLine } from "./ThreadLine";
import { Problem } from "../ui/Problem";

interface Props {
  readonly message: TimelineMessage;
  readonly first: boolean;
  readonly c: ConversationInfo;
  readonly conversation: Conversation;
  readonly target: number | undefined;
}

export const MessageRow = memo(function MessageRow({ message, first, c, conversation, target }: Props) {
  const user = useUser(message.sender_id);
  const [active, setActive] = useState(false);
  if (message.state === "sent" && message.type === "system") return <p class="system message">{systemText(message)}</p>;
  const own = message.sender_id === me();
  const name = nameOf(user);
  const sent = message.state === "sent" ? message : undefined;
  const hit = sent !== undefined && sent.seq === target;
  const mentioned = sent && !own && (sent.mention_all === true || sent.mentions.includes(me()));
  return (
    <article
      class={`message ${own ? "own" : ""} ${first ? "first" : ""} ${hit ? "hit" : ""} ${mentioned ? "mentioned" : ""} ${active ? "active" : ""}`}
      aria-label={`${own ? t("you") : name}, ${timeOf(message.created_at)}`}
    >
      {!own &&
        c.type === "group" &&
        (first ? (
          <Avatar name={name} id={message.sender_id} url={user?.avatar_url} size="small" />
        ) : (
          <span class="avatar small blank" />
        ))}
      <div class="column">
        {first && !own && c.type === "group" && (
          <span class="author" dir="auto">
            {name}
          </span>
        )}
        <div class="bubble">
          <Content message={message} conversation={conversation} c={c} />
          <Meta message={message} own={own} c={c} />
        </div>
        {sent && <ThreadLine conversation={conversation} messageId={sent._id} />}
        {sent && !sent.deleted_at && <Reactions message={sent} conversation={conversation} />}
        {message.state === "failed" && <Failure message={message} conversation={conversation} />}
      </div>
      {sent && !sent.deleted_at && c.status === "accepted" && (
        <MessageTools message={sent} own={own} c={c} conversation={conversation} onActive={setActive} />
      )}
    </article>
  );
});

/** Three emoji or fewer, and nothing else, are shown large. */
const FEW =
  /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?(?:\u200D\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?)*\s*){1,3}$/u;

function Content({ message, conversation, c }: Pick<Props, "message" | "conversation" | "c">) {
  if (message.state === "sent" && message.deleted_at) return <p class="text gone">{t("deletedMessage")}</p>;
  const { reply_to: quote } = message;
  const poll = message.state === "sent" ? message.poll : undefined;
  const content = poll ? "" : message.content; // which is the question
  const forwarded = message.state === "sent" && message.forwarded_from;
  const mentions = message.state === "sent" ? mentionsOf(message) : [];
  return (
    <>
      {forwarded && <p class="hint">{t("forwardedFrom", { name: knownName(forwarded.sender_id) })}</p>}
      {quote && (
        <button type="button" class="quote" onClick={() => go(href.conversation(conversation.id, { seq: quote.seq }))}>
          <strong dir="auto">{knownName(quote.sender_id)}</strong>
          <span dir="auto">{plainOf(quote.content) || t("attachment")}</span>
        </button>
      )}
      <Attachments message={message} conversation={conversation} />
      {content &&
        (FEW.test(content.trim()) ? (
          <p class="text large">{content}</p>
        ) : (
          <Markdown text={content} mentions={mentions} />
        ))}
      {message.state === "sent" && poll && <PollCard message={message} poll={poll} conversation={conversation} c={c} />}
      {message.state === "sent" && message.preview && <LinkCard preview={message.preview} />}
    </>
  );
}

/** Of those who read a message so many are named at the mark; all are in what is told about it. */
const NAMED = 20;
const marks = { sent: "✓", delivered: "✓✓", read: "✓✓", failed: "!" } as const;

function Meta({ message, own, c }: { message: TimelineMessage; own: boolean; c: ConversationInfo }) {
  if (message.state !== "sent") {
    const { state, silent } = connection.value;
    const waits = message.state === "queued" || state !== "online" || silent === true;
    const word = t(message.state === "failed" ? "statusFailed" : waits ? "statusWaiting" : "statusSending");
    return (
      <span class="meta">
        {waits && message.state !== "failed" && <span>{word} · </span>}
        {timeOf(message.created_at)}{" "}
        <Mark kind={message.state} text={message.state === "failed" ? "!" : "◷"} word={word} />
      </span>
    );
  }
  const words = {
    sent: t("statusSent"),
    delivered: t("statusDelivered"),
    read: t("statusRead"),
    failed: t("statusFailed"),
  };
  const readers = message.seen_by
    .filter((id) => id !== me())
    .slice(0, NAMED)
    .map(knownName);
  const title =
    c.type === "group" && readers.length > 0 ? t("readBy", { names: readers.join(", ") }) : words[message.status];
  return (
    <span class="meta">
      {saved.value.has(message._id) && <span>{t("saved")} · </span>}
      {message.pinned_at && <span>{t("pinned")} · </span>}
      {message.edited_at && !message.deleted_at && <span>{t("edited")} · </span>}
      <time dateTime={message.created_at} title={fullTimeOf(message.created_at)}>
        {timeOf(message.created_at)}
      </time>
      {own && !message.deleted_at && (
        <Mark kind={message.status} text={marks[message.status]} word={words[message.status]} title={title} />
      )}
    </span>
  );
}

const Mark = ({ kind, text, word, title = word }: { kind: string; text: string; word: string; title?: string }) => (
  <span class={`mark ${kind}`} role="img" aria-label={word} title={title}>
    {text}
  </span>
);

function Failure({ message, conversation }: { message: PendingMessage; conversation: Conversation }) {
  const one = conversation.outgoing(message.clientId);
  return (
    <Problem>
      <span>{message.error ? wordsFor(message.error) : t("statusFailed")} </span>
      <button type="button" class="link" onClick={() => one?.retry()}>
        {t("tryAgain")}
      </button>
      {" · "}
      <button type="button" class="link" onClick={() => one?.discard()}>
        {t("discard")}
      </button>
    </Problem>
  );
}
