/** What one was told of: by conversation, newest first; following one leads there. */
import { useState } from "preact/hooks";
import { type Notification } from "moleculer-chat-client";
import { theChat, useReadable } from "../app/chat";
import { fullTimeOf, numberOf, shortTimeOf, t } from "../app/i18n";
import { knownTitle, knownUserName } from "../app/people";
import { go, href } from "../app/router";
import { attempt } from "../app/toasts";
import { Dialog } from "../ui/Dialog";
import { IconButton } from "../ui/Icon";
import { type Reader, wordsOf } from "./notice-words";

export function Bell() {
  const [open, setOpen] = useState(false);
  const count = useReadable(theChat().notifications.count);
  const label = count > 0 ? t("notificationsUnread", { count }) : t("notifications");
  return (
    <span class="with-badge">
      <IconButton icon="bell" label={label} onClick={() => setOpen(true)} />
      {count > 0 && (
        <span class="badge" aria-hidden="true">
          {count > 99 ? "99+" : numberOf(count)}
        </span>
      )}
      {open && <Notifications onClose={() => setOpen(false)} />}
    </span>
  );
}

interface Group {
  readonly key: string;
  readonly last: Notification;
  readonly unread: number;
  readonly count: number;
}

/** One line for a conversation, one for each announcement. */
function grouped(all: readonly Notification[]): Group[] {
  const groups = new Map<string, Group>();
  for (const n of all) {
    const key = n.type === "message" && n.related_id ? n.related_id : n._id;
    const known = groups.get(key) ?? { key, last: n, unread: 0, count: 0 };
    groups.set(key, { ...known, unread: known.unread + (n.is_read ? 0 : 1), count: known.count + 1 });
  }
  return [...groups.values()];
}

function Notifications({ onClose }: { onClose: () => void }) {
  const { notifications } = theChat();
  const all = useReadable(notifications);
  const follow = ({ last }: Group): void => {
    onClose();
    attempt(notifications.read(last._id));
    if (last.related_id)
      go(last.type === "reminder" ? href.message(last.related_id) : href.conversation(last.related_id));
  };
  return (
    <Dialog title={t("notifications")} onClose={onClose}>
      <div class="notifications">
        {all.length === 0 && <p class="hint">{t("noNotifications")}</p>}
        {grouped(all).map((group) => (
          <div key={group.key} class={`notification ${group.unread ? "unread" : ""}`}>
            <button type="button" class="plain" onClick={() => follow(group)}>
              <Told notification={group.last} />
              {group.count > 1 && <em>{t("moreOfThese", { count: group.count - 1 })}</em>}
            </button>
            <IconButton
              icon="close"
              label={t("remove")}
              onClick={() => attempt(notifications.delete(group.last._id))}
            />
          </div>
        ))}
      </div>
      <div class="buttons">
        {notifications.hasMore && all.length > 0 && (
          <button type="button" onClick={() => attempt(notifications.loadMore())}>
            {t("showMore")}
          </button>
        )}
        {all.some((n) => !n.is_read) && (
          <button type="button" onClick={() => attempt(notifications.readAll())}>
            {t("markAllRead")}
          </button>
        )}
      </div>
    </Dialog>
  );
}

const reader: Reader = {
  t,
  timeOf: fullTimeOf,
  nameOf: knownUserName,
  groupOf(conversationId) {
    const c = theChat().conversation(conversationId)?.info.value;
    return c?.type === "group" ? knownTitle(c) : undefined;
  },
};

function Told({ notification }: { notification: Notification }) {
  const { title, content } = wordsOf(notification, reader);
  return (
    <>
      <strong dir="auto">{title}</strong>
      <time dateTime={notification.created_at}>{shortTimeOf(notification.created_at)}</time>
      <span dir="auto">{content}</span>
    </>
  );
}
