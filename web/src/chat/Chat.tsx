/** One conversation: its head, its messages, where to write; beside it details, pins or a thread. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Conversation, type ConversationInfo } from "moleculer-chat-client";
import { chat, me, theChat, useReadable } from "../app/chat";
import { t } from "../app/i18n";
import { isStaffIn, knownName, otherOf, useName, useOnline, useTitle, useUser } from "../app/people";
import { go, href, type Panel, showPanel } from "../app/router";
import { hasRole } from "../app/session";
import { attempt } from "../app/toasts";
import { blocked } from "../app/blocks";
import { Avatar } from "../ui/Avatar";
import { confirm } from "../ui/Dialog";
import { Icon, IconButton } from "../ui/Icon";
import { Menu, type MenuItem } from "../ui/Menu";
import { useJoinRequests } from "../places/JoinRequests";
import { Composer } from "./Composer";
import { askBlock, intent, isRequest } from "./common";
import { Details } from "./Details";
import { DropZone } from "./DropZone";
import { Members } from "./Members";
import { MessageList } from "./MessageList";
import { Pins } from "./Pins";
import { ScheduledHere } from "./ScheduleButton";
import { ThreadPanel } from "./ThreadPanel";

interface Props {
  readonly id: string;
  readonly seq: number | undefined;
  readonly panel: Panel | undefined;
}

export function Chat({ id, seq, panel }: Props) {
  useReadable(theChat().conversations);
  useReadable(theChat().requests); // one of them may bring it
  const conversation = theChat().conversation(id);
  useEffect(() => void (intent.value = undefined), [id]);
  if (!conversation) return <Missing />;
  return (
    <>
      <Room key={id} conversation={conversation} seq={seq} />
      {panel && <Side conversation={conversation} panel={panel} />}
    </>
  );
}

const Missing = () => (
  <main class="chat none">
    <div class="welcome">
      <p>{t("noSuchConversation")}</p>
      <a href={href.home}>{t("backToList")}</a>
    </div>
  </main>
);

function Room({ conversation, seq }: { conversation: Conversation; seq: number | undefined }) {
  const c = useReadable(conversation.info);
  // Live detail, such as who is typing, comes to who joined.
  const { state } = useReadable(theChat().connection);
  useEffect(() => {
    if (state !== "online" || isRequest(c)) return;
    chat
      .peek()
      ?.ask("conversation:join", { conversationId: c._id })
      .catch(() => undefined); // the next connection tries again
  }, [state, c._id, c.status]);
  return (
    <main class="chat">
      <Head c={c} conversation={conversation} />
      <DropZone id={c._id} off={isRequest(c)}>
        <WaitingAtTheDoor c={c} />
        <MessageList conversation={conversation} c={c} seq={seq} />
        <div class="below">
          <Typing conversation={conversation} />
          {!isRequest(c) && <ScheduledHere conversationId={c._id} />}
        </div>
        <Foot c={c} conversation={conversation} />
      </DropZone>
    </main>
  );
}

function Head({ c, conversation }: { c: ConversationInfo; conversation: Conversation }) {
  const title = useTitle(c);
  const other = otherOf(c);
  const user = useUser(other ?? me());
  const online = useOnline(isRequest(c) ? undefined : other);
  const below = other === undefined ? t("members", { count: c.member_count }) : online ? t("online") : "";
  return (
    <header class="chat-head">
      <a class="icon back" href={href.home} aria-label={t("backToList")}>
        <Icon name="back" />
      </a>
      <button type="button" class="plain title" onClick={() => showPanel("details")} title={t("details")}>
        <Avatar
          name={title}
          id={other ?? c._id}
          url={other === undefined ? c.avatar : user?.avatar_url}
          online={online}
        />
        <span class="words">
          <h1 dir="auto">{title}</h1>
          <span>{below}</span>
        </span>
      </button>
      <IconButton icon="pin" label={t("pinnedMessages")} onClick={() => showPanel("pins")} />
      <Menu icon="more" label={t("conversationMenu")} items={menuOf(c, conversation)} />
    </header>
  );
}

function menuOf(c: ConversationInfo, conversation: Conversation): MenuItem[] {
  const clear = (): void =>
    confirm({
      title: t("clearHistory"),
      text: t("clearHistoryAsk"),
      yes: t("clearHistory"),
      run: () => theChat().ask("conversation:clear", { conversationId: c._id }),
    });
  const hide = (): void => attempt(conversation.hide().then(() => go(href.home)));
  return [
    { icon: "info", label: t("details"), run: () => showPanel("details") },
    {
      icon: "pin",
      label: t(c.pinned ? "unpinConversation" : "pinConversation"),
      run: () => attempt(conversation.pinToTop(!c.pinned)),
    },
    {
      icon: c.muted ? "bell" : "mute",
      label: t(c.muted ? "unmute" : "mute"),
      run: () => attempt(conversation.mute(!c.muted)),
    },
    ...(hasRole("admin") || hasRole("moderator")
      ? [{ icon: "shield", label: t("administration"), run: () => go(href.admin("conversations", c._id)) } as const]
      : []),
    { icon: "close", label: t("hideConversation"), run: hide },
    { icon: "trash", label: t("clearHistory"), run: clear, danger: true },
  ];
}

/** For those who lead a group: who asks to come in. */
function WaitingAtTheDoor({ c }: { c: ConversationInfo }) {
  const waiting = useJoinRequests(c);
  if (waiting.length === 0) return null;
  return (
    <button type="button" class="plain banner" onClick={() => showPanel("details")}>
      <Icon name="people" /> {t("joinRequests", { count: waiting.length })}
    </button>
  );
}

function Typing({ conversation }: { conversation: Conversation }) {
  const ids = useReadable(conversation.typing);
  const names = ids.slice(0, 3).map(knownName).join(", ");
  return (
    <p class="typing-line" aria-live="polite">
      {ids.length > 0 ? t("typing", { count: ids.length, names }) : ""}
    </p>
  );
}

/** Where all but the staff only read. */
const mayWrite = (c: ConversationInfo): boolean =>
  c.status === "accepted" ? c.posting === "all" || isStaffIn(c) : c.initiator_id === me();

function Foot({ c, conversation }: { c: ConversationInfo; conversation: Conversation }) {
  const other = otherOf(c);
  if (isRequest(c)) return <Request c={c} conversation={conversation} />;
  if (c.status === "declined") return <p class="notice">{t("declinedNotice")}</p>;
  if (other !== undefined && blocked.value.has(other)) return <Blocked userId={other} />;
  if (!mayWrite(c)) return <p class="notice">{t("onlyStaffWrites")}</p>;
  return <Composer conversation={conversation} c={c} />;
}

function Request({ c, conversation }: { c: ConversationInfo; conversation: Conversation }) {
  const name = useName(c.initiator_id);
  const [busy, setBusy] = useState(false);
  const answer = (work: Promise<unknown>, leave: boolean): void => {
    setBusy(true);
    attempt(work.then(() => leave && go(href.home)).finally(() => setBusy(false)));
  };
  return (
    <footer class="request">
      <p dir="auto">{t("requestText", { name })}</p>
      <button type="button" class="primary" disabled={busy} onClick={() => answer(conversation.accept(), false)}>
        {t("accept")}
      </button>
      <button type="button" disabled={busy} onClick={() => answer(conversation.decline(), true)}>
        {t("decline")}
      </button>
      <button type="button" class="danger" disabled={busy} onClick={() => askBlock(c.initiator_id, name)}>
        {t("block")}
      </button>
    </footer>
  );
}

function Blocked({ userId }: { userId: number }) {
  const name = useName(userId);
  const unblock = async (): Promise<void> => {
    await theChat().ask("user:unblock", { userId });
    blocked.value = new Set([...blocked.peek()].filter((id) => id !== userId));
  };
  return (
    <footer class="request">
      <p dir="auto">{t("blockedNotice", { name })}</p>
      <button type="button" onClick={() => attempt(unblock())}>
        {t("unblock")}
      </button>
    </footer>
  );
}

function Side({ conversation, panel }: { conversation: Conversation; panel: Panel }) {
  const thread = useMemo(() => (panel.startsWith("thread-") ? panel.slice("thread-".length) : undefined), [panel]);
  const c = useReadable(conversation.info);
  if (thread !== undefined)
    return <ThreadPanel key={thread} conversation={conversation} messageId={thread} writes={mayWrite(c)} />;
  if (panel === "pins") return <Pins conversation={conversation} />;
  return panel === "members" ? <Members conversation={conversation} /> : <Details conversation={conversation} />;
}
