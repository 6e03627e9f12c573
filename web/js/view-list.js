/** The left side: who I am, requests, conversations, and the way to new ones. */
import { avatar, h, icon, iconButton, reconcile, shortTime } from "./dom.js";
import { isRequest, model, nameOf, on, openConversation, otherOf, titleOf } from "./model.js";
import { notificationsDialog } from "./view-notifications.js";
import { newChatDialog, searchDialog, settingsDialog } from "./view-people.js";
import { me } from "./session.js";
import { systemText } from "./words.js";
import { failed } from "./view-common.js";

export function listView() {
  const status = h("div", { class: "status", role: "status" });
  const rows = h("div", { class: "rows" });
  const badge = h("span", { class: "badge", hidden: true });
  const bell = h("span", { class: "with-badge" }, iconButton("bell", "Notifications", notificationsDialog), badge);
  const account = h("button", { class: "account", type: "button", onclick: settingsDialog, title: "Your account" });
  const view = h(
    "aside",
    { class: "list" },
    h("header", {}, account, iconButton("search", "Search messages", searchDialog), bell),
    h(
      "button",
      { class: "primary new", type: "button", onclick: newChatDialog },
      icon("plus"),
      h("span", {}, "New conversation"),
    ),
    status,
    h("nav", { "aria-label": "Conversations" }, rows),
  );
  const showStatus = () => {
    status.textContent = model.online ? "" : model.ready ? "Connection lost. Reconnecting …" : "Connecting …";
    view.classList.toggle("offline", !model.online);
  };
  const showBell = () => {
    badge.hidden = model.notificationCount === 0;
    badge.textContent = model.notificationCount > 99 ? "99+" : String(model.notificationCount);
  };
  const showList = () => {
    account.replaceChildren(avatar(me()?.username, me()?.user_id), h("strong", {}, me()?.username ?? ""));
    renderRows(rows);
  };
  on("status", showStatus);
  on("notifications", showBell);
  on("list", showList);
  showStatus();
  showList();
  return view;
}

const activity = (c) => c.lastMessage?.created_at ?? c.updated_at;
const byActivity = (a, b) => Number(b.pinned) - Number(a.pinned) || (activity(a) < activity(b) ? 1 : -1);

function renderRows(rows) {
  const all = [...model.conversations.values()].filter((c) => !c.hidden && c.status !== "declined").sort(byActivity);
  const requests = all.filter(isRequest);
  const heading = (text) => ({ key: text, same: [], make: () => h("h2", {}, text) });
  const empty = { key: "empty", same: [], make: () => h("p", { class: "empty" }, "No conversations yet. Start one!") };
  reconcile(rows, [
    ...(requests.length ? [heading("Message requests"), ...requests.map(rowOf)] : []),
    ...(requests.length && all.length > requests.length ? [heading("Conversations")] : []),
    ...all.filter((c) => !isRequest(c)).map(rowOf),
    ...(all.length === 0 && model.ready ? [empty] : []),
  ]);
}

function rowOf(c) {
  const other = c.type === "private" ? otherOf(c) : undefined;
  const online = other !== undefined && model.presence.get(other)?.online === true;
  const typists = [...(model.typing.get(c._id) ?? [])].map(nameOf).join(", ");
  const open = model.openId === c._id;
  const [title, preview] = [titleOf(c), previewOf(c)];
  return {
    key: c._id,
    same: [c, title, preview, online, typists, open],
    make: () =>
      h(
        "button",
        {
          type: "button",
          class: `row${open ? " open" : ""}${c.unreadCount ? " unread" : ""}`,
          "aria-current": open ? "true" : undefined,
          onclick: () => openConversation(c._id).catch(failed),
        },
        avatar(title, other ?? c._id, online),
        h(
          "span",
          { class: "name" },
          title,
          c.pinned && h("span", { class: "tag" }, "pinned"),
          c.muted && h("span", { class: "tag" }, "muted"),
        ),
        h("time", {}, c.lastMessage ? shortTime(c.lastMessage.created_at) : ""),
        h("span", { class: `preview${typists ? " typing" : ""}` }, typists ? `${typists} is typing …` : preview),
        c.unreadCount > 0 &&
          h("span", { class: "badge", "aria-label": `${c.unreadCount} unread` }, String(c.unreadCount)),
      ),
  };
}

function previewOf(c) {
  const m = c.lastMessage;
  if (isRequest(c)) return m?.content ? `${m.content}` : "wants to write to you";
  if (!m) return c.status === "pending" ? "Waiting for an answer" : "No messages yet";
  if (m.type === "system") return systemText(m);
  const who = m.sender_id === me().user_id ? "You: " : c.type === "group" ? `${nameOf(m.sender_id)}: ` : "";
  if (m.deleted_at) return `${who}Message deleted`;
  return who + (m.content || "Attachment");
}
