/** The stream of messages: only what is in sight is on the page, older ones come as one scrolls, nothing jumps. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo, type TimelineMessage } from "moleculer-chat-client";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { me, useReadable } from "../app/chat";
import { dayOf, t } from "../app/i18n";
import { useFreshThreads } from "../app/threads";
import { failed } from "../app/toasts";
import { IconButton } from "../ui/Icon";
import { isRequest } from "./common";
import { type Item, itemsOf } from "./items";
import { MessageRow } from "./MessageRow";
import { isAtEnd, useFirstUnread, useIsFilled, useIsShifted, useJump, useStaysAtEnd } from "./scrolling";

interface Props {
  readonly conversation: Conversation;
  readonly c: ConversationInfo;
  readonly seq: number | undefined;
}

/** Older ones are asked for this many pixels before the first one comes into sight. */
const EARLY = 800;

export function MessageList({ conversation, c, seq }: Props) {
  const messages = useReadable(conversation.messages);
  const status = useReadable(conversation.messages.status);
  // Where reading stood when one came in: the line stays there while one looks.
  const readSeq = useMemo(() => (c.unreadCount > 0 ? c.last_read_seq : Infinity), [c._id]);
  const items = useMemo(() => itemsOf(messages, readSeq, !status.hasOlder, me()), [messages, readSeq, status.hasOlder]);
  const list = useRef<VirtualizerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(seq === undefined);
  const [missed, setMissed] = useState(0);
  // Until it stands where it opens nothing is seen of it: else everything would jump there.
  const [placed, setPlaced] = useState(seq !== undefined);
  const shifted = useIsShifted(items);
  const last = messages.at(-1);
  const toEnd = (): void => {
    list.current?.scrollToIndex(items.length - 1, { align: "end" });
    setMissed(0);
  };
  const look = (): void => {
    if (!box.current) return;
    const end = isAtEnd(box.current);
    setFollowing(end && !status.hasNewer);
    if (end) setMissed(0);
    if (status.loading) return;
    if (box.current.scrollTop < EARLY && status.hasOlder) conversation.messages.loadOlder().catch(failed);
    else if (end && status.hasNewer) conversation.messages.loadNewer().catch(failed);
  };
  useJump(conversation, seq, items, list, setFollowing);
  const onPlaced = (): void => {
    setPlaced(true);
    look();
  };
  useFirstUnread(items, list, { seq, filled: useIsFilled(messages.length, status.hasOlder), onPlaced });
  useStaysAtEnd(box, following);
  useFreshThreads(conversation, messages);
  useLayoutEffect(() => {
    if (following || (last?.state !== "sent" && last?.sender_id === me())) toEnd();
    else if (last && last.sender_id !== me() && !status.hasNewer) setMissed((n) => n + 1);
  }, [last?.key]);
  useReading(conversation, c, following && !status.hasNewer, last);
  const down = (): void =>
    void conversation.messages.latest().then(() => requestAnimationFrame(() => (setFollowing(true), toEnd())), failed);
  return (
    <div class="log-frame">
      <div class={placed ? "log" : "log placing"} ref={box} role="log" aria-label={t("messages")} tabIndex={0}>
        <div class="log-space" />
        <Virtualizer ref={list} scrollRef={box} shift={shifted} onScroll={look}>
          {items.map((item) =>
            item.kind === "message" ? (
              <MessageRow
                key={item.key}
                message={item.message}
                first={item.first}
                c={c}
                conversation={conversation}
                target={seq}
              />
            ) : (
              <Line key={item.key} item={item} />
            ),
          )}
        </Virtualizer>
      </div>
      {messages.length === 0 && !status.loading && <p class="log-empty">{t("sayHello")}</p>}
      {(!following || status.hasNewer) && messages.length > 0 && <Down missed={missed} onClick={down} />}
    </div>
  );
}

function Line({ item }: { item: Exclude<Item<TimelineMessage>, { kind: "message" }> }) {
  const text = item.kind === "day" ? dayOf(item.at) : t(item.kind === "new" ? "newMessages" : "beginning");
  return (
    <p class={item.kind}>
      <span>{text}</span>
    </p>
  );
}

const Down = ({ missed, onClick }: { missed: number; onClick: () => void }) => (
  <span class="newer with-badge">
    <IconButton
      icon="down"
      label={missed > 0 ? t("newMessagesCount", { count: missed }) : t("toLatest")}
      onClick={onClick}
    />
    {missed > 0 && (
      <span class="badge" aria-hidden="true">
        {missed}
      </span>
    )}
  </span>
);

/** What is in sight of somebody who looks is read. */
function useReading(
  conversation: Conversation,
  c: ConversationInfo,
  sees: boolean,
  last: TimelineMessage | undefined,
): void {
  useEffect(() => {
    const read = (): void => {
      if (sees && last?.state === "sent" && !document.hidden && document.hasFocus() && !isRequest(c))
        conversation.read(last.seq);
    };
    read();
    addEventListener("focus", read);
    document.addEventListener("visibilitychange", read);
    return () => {
      removeEventListener("focus", read);
      document.removeEventListener("visibilitychange", read);
    };
  }, [conversation, sees, last, c.status]);
}
