/** Requests first, then the conversations; only those in sight are on the page. */
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type ConversationInfo } from "moleculer-chat-client";
import { VList } from "virtua";
import { me, theChat, useReadable } from "../app/chat";
import { numberOf, shortTimeOf, t } from "../app/i18n";
import { knownName, otherOf, useName, useOnline, useTitle, useUser } from "../app/people";
import { href, route } from "../app/router";
import { drafts } from "../app/settings";
import { Avatar } from "../ui/Avatar";
import { Icon } from "../ui/Icon";
import { plainOf } from "../../../platform/plain-text";
import { systemText } from "../chat/system";
import { startConversation } from "./state";

export function ConversationList() {
  const conversations = useReadable(theChat().conversations);
  const requests = useReadable(theChat().requests);
  if (conversations.length + requests.length === 0) return <Nobody />;
  return (
    <nav class="rows" aria-label={t("conversations")}>
      <VList class="scroll">
        {requests.length > 0 && <h2 key="requests">{t("requests")}</h2>}
        {requests.map((c) => (
          <Row key={c._id} c={c} request />
        ))}
        {requests.length > 0 && conversations.length > 0 && <h2 key="conversations">{t("conversations")}</h2>}
        {conversations.map((c) => (
          <Row key={c._id} c={c} />
        ))}
      </VList>
    </nav>
  );
}

const Nobody = () => (
  <div class="empty">
    <p>{t("noConversations")}</p>
    <p>{t("noConversationsHint")}</p>
    <button type="button" class="primary" onClick={startConversation}>
      {t("findPeople")}
    </button>
    <a href={href.explore}>{t("browseGroups")}</a>
  </div>
);

function Row({ c, request = false }: { c: ConversationInfo; request?: boolean }) {
  const title = useTitle(c);
  const other = otherOf(c);
  const user = useUser(other ?? me());
  const online = useOnline(request ? undefined : other);
  const now = route.value;
  const open = now.at === "conversation" && now.id === c._id;
  return (
    <a
      class={`row ${open ? "open" : ""} ${c.unreadCount > 0 ? "unread" : ""}`}
      href={href.conversation(c._id)}
      aria-current={open ? "page" : undefined}
    >
      <Avatar
        name={title}
        id={other ?? c._id}
        url={other === undefined ? c.avatar : user?.avatar_url}
        online={online}
      />
      <span class="name" dir="auto">
        {title}
      </span>
      <span class="marks">
        {c.pinned && <Mark icon="pin" label={t("pinned")} />}
        {c.muted && <Mark icon="mute" label={t("muted")} />}
        <time dateTime={c.updated_at}>{shortTimeOf(c.updated_at)}</time>
      </span>
      <Preview c={c} request={request} />
      {c.unreadCount > 0 && (
        <span class={`badge ${c.muted ? "quiet" : ""}`} aria-label={t("unread", { count: c.unreadCount })}>
          {c.unreadCount > 99 ? "99+" : numberOf(c.unreadCount)}
        </span>
      )}
    </a>
  );
}

const Mark = ({ icon, label }: { icon: "pin" | "mute"; label: string }) => (
  <span class="mark" role="img" aria-label={label} title={label}>
    <Icon name={icon} />
  </span>
);

function Preview({ c, request }: { c: ConversationInfo; request: boolean }) {
  const handle = useMemo(() => theChat().conversation(c._id), [c._id]);
  const typing = useReadable(handle?.typing ?? nobody);
  const draft = useComputed(() => drafts.value[c._id]).value ?? c.draft?.content; // another row's draft is none of its business
  const sender = useName(c.lastMessage?.sender_id ?? me());
  if (typing.length > 0)
    return (
      <span class="preview typing">{t("typing", { count: typing.length, names: knownName(typing[0] as number) })}</span>
    );
  if (draft)
    return (
      <span class="preview" dir="auto">
        <em>{t("draft")}</em> {plainOf(draft)}
      </span>
    );
  const last = c.lastMessage;
  // What is written in a request is told of no more: it is there with the next list.
  if (!last) return <span class="preview">{request && c.type === "private" && t("wantsToWrite")}</span>;
  const own = last.sender_id === me();
  const who = last.type === "system" ? "" : own ? `${t("you")}: ` : c.type === "group" ? `${sender}: ` : "";
  return (
    <span class="preview" dir="auto">
      {who}
      {contentOf(last)}
    </span>
  );
}
const nobody = { value: [] as readonly number[], subscribe: () => () => undefined };

function contentOf(last: NonNullable<ConversationInfo["lastMessage"]>): string {
  if (last.deleted_at) return t("deletedMessage");
  if (last.type === "system") return systemText(last);
  if (last.poll) return `${t("poll")}: ${last.poll.question}`;
  return plainOf(last.content) || t(last.type === "image" ? "photo" : "file");
}
