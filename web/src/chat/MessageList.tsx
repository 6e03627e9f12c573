/** The stream of messages: only what is in sight is on the page, older ones come as one scrolls, nothing jumps. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo, type TimelineMessage } from "moleculer-chat-client";
import { VList, type VListHandle } from "virtua";
import { me, useReadable } from "../app/chat";
import { dayOf, isSameDay, t } from "../app/i18n";
import { failed } from "../app/toasts";
import { IconButton } from "../ui/Icon";
import { isRequest } from "./common";
import { MessageRow } from "./MessageRow";

interface Props {
  readonly conversation: Conversation;
  readonly c: ConversationInfo;
  readonly seq: number | undefined;
}

/** Within this many pixels of the end one follows it. */
const NEAR = 80;
const GROUP_MS = 5 * 60_000;

type Item =
  | { readonly kind: "message"; readonly key: string; readonly message: TimelineMessage; readonly first: boolean }
  | { readonly kind: "day" | "new" | "start"; readonly key: string; readonly text: string };

const seqOf = (m: TimelineMessage): number => (m.state === "sent" ? m.seq : Infinity);

function itemsOf(messages: readonly TimelineMessage[], readSeq: number, complete: boolean): Item[] {
  const items: Item[] = [];
  if (complete) items.push({ kind: "start", key: "start", text: t("beginning") });
  let before: TimelineMessage | undefined;
  let marked = false;
  for (const message of messages) {
    const newDay = !before || !isSameDay(before.created_at, message.created_at);
    if (newDay)
      items.push({ kind: "day", key: `day-${message.created_at.slice(0, 10)}`, text: dayOf(message.created_at) });
    const isNew: boolean =
      !marked && seqOf(message) > readSeq && message.state === "sent" && message.sender_id !== me();
    if (isNew) items.push({ kind: "new", key: "new", text: t("newMessages") });
    marked ||= isNew;
    const apart = newDay || isNew || !before || !isTogether(before, message);
    items.push({ kind: "message", key: message.key, message, first: apart });
    before = message;
  }
  return items;
}

function isTogether(a: TimelineMessage, b: TimelineMessage): boolean {
  if (a.sender_id !== b.sender_id) return false;
  if ((a.state === "sent" && a.type === "system") || (b.state === "sent" && b.type === "system")) return false;
  return Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
}

export function MessageList({ conversation, c, seq }: Props) {
  const messages = useReadable(conversation.messages);
  const status = useReadable(conversation.messages.status);
  // Where reading stood when one came in: the line stays there while one looks.
  const readSeq = useMemo(() => (c.unreadCount > 0 ? c.last_read_seq : Infinity), [c._id]);
  const items = useMemo(
    () => itemsOf(messages, readSeq, !status.hasOlder),
    [messages, readSeq, status.hasOlder, t("today")],
  );
  const list = useRef<VListHandle>(null);
  const [following, setFollowing] = useState(true);
  const [missed, setMissed] = useState(0);
  const prepended = useIsPrepended(items);
  useJump(conversation, seq, items, list, setFollowing);
  useFirstUnread(items, list, seq, setFollowing);
  const last = messages.at(-1);
  useLayoutEffect(() => {
    if (following || (last?.state !== "sent" && last?.sender_id === me())) toEnd();
    else if (last && last.sender_id !== me()) setMissed((n) => n + 1);
  }, [last?.key]);
  useReading(conversation, c, following && !status.hasNewer, last);
  const toEnd = (): void => {
    list.current?.scrollToIndex(items.length - 1, { align: "end" });
    setMissed(0);
  };
  const onScroll = (offset: number): void => {
    const handle = list.current;
    if (!handle) return;
    const end = handle.scrollSize - offset - handle.viewportSize < NEAR;
    setFollowing(end && !status.hasNewer);
    if (end) setMissed(0);
    if (status.loading) return;
    if (offset < 400 && status.hasOlder) conversation.messages.loadOlder().catch(failed);
    if (end && status.hasNewer) conversation.messages.loadNewer().catch(failed);
  };
  const down = (): void =>
    void conversation.messages.latest().then(() => requestAnimationFrame(() => (setFollowing(true), toEnd())), failed);
  return (
    <div class="log-frame">
      <VList
        ref={list as never}
        class="log"
        shift={prepended}
        onScroll={onScroll}
        role="log"
        aria-label={t("messages")}
        tabIndex={0}
      >
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
            <p key={item.key} class={item.kind}>
              <span>{item.text}</span>
            </p>
          ),
        )}
      </VList>
      {messages.length === 0 && !status.loading && <p class="log-empty">{t("sayHello")}</p>}
      {(!following || status.hasNewer) && (
        <span class="newer with-badge">
          <IconButton
            icon="down"
            label={missed > 0 ? t("newMessagesCount", { count: missed }) : t("toLatest")}
            onClick={down}
          />
          {missed > 0 && (
            <span class="badge" aria-hidden="true">
              {missed}
            </span>
          )}
        </span>
      )}
    </div>
  );
}

/** True in the render that puts older messages before the others: the view then stays where it is. */
function useIsPrepended(items: readonly Item[]): boolean {
  const before = useRef<{ first: string | undefined }>({ first: undefined });
  const first = items.find((item) => item.kind === "message")?.key;
  const { current } = before;
  const prepended =
    current.first !== undefined && first !== current.first && items.some((i) => i.key === current.first);
  useLayoutEffect(() => void (before.current = { first }));
  return prepended;
}

/** To the message that a link, a quote or a search hit names. */
function useJump(
  conversation: Conversation,
  seq: number | undefined,
  items: readonly Item[],
  list: { current: VListHandle | null },
  setFollowing: (following: boolean) => void,
): void {
  const [wanted, setWanted] = useState<number>();
  useEffect(() => {
    if (seq === undefined) return;
    setFollowing(false);
    conversation.messages.around(seq).then(() => setWanted(seq), failed);
  }, [conversation, seq]);
  useEffect(() => {
    if (wanted === undefined) return;
    const at = items.findIndex((i) => i.kind === "message" && seqOf(i.message) === wanted);
    if (at === -1) return;
    setWanted(undefined);
    requestAnimationFrame(() => list.current?.scrollToIndex(at, { align: "center" }));
  }, [wanted, items]);
}

/** Opens at the first unread message, or at the end. */
function useFirstUnread(
  items: readonly Item[],
  list: { current: VListHandle | null },
  seq: number | undefined,
  setFollowing: (following: boolean) => void,
): void {
  const done = useRef(false);
  useLayoutEffect(() => {
    if (done.current || seq !== undefined || !items.some((i) => i.kind === "message")) return;
    done.current = true;
    const at = items.findIndex((i) => i.kind === "new");
    const index = at === -1 ? items.length - 1 : at;
    const go = (): void => list.current?.scrollToIndex(index, { align: at === -1 ? "end" : "start" });
    go();
    requestAnimationFrame(() => {
      go();
      const handle = list.current;
      if (handle) setFollowing(handle.scrollSize - handle.scrollOffset - handle.viewportSize < NEAR);
    });
  }, [items]);
}

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
