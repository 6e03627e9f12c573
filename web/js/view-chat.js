/** The right side: one conversation with its messages, who is typing, and where to write. */
import { avatar, dayOf, h, iconButton, reconcile } from "./dom.js";
import { ask } from "./connection.js";
import { composer } from "./view-composer.js";
import {
  changed,
  conversationOf,
  isRequest,
  loadOlder,
  model,
  nameOf,
  on,
  openConversation,
  otherOf,
  reloadConversation,
  timelineOf,
  titleOf,
} from "./model.js";
import { action, failed } from "./view-common.js";
import { messageView } from "./view-message.js";
import { membersDialog } from "./view-group.js";
import { me } from "./session.js";

export function chatView() {
  const head = h("header", { class: "chat-head" });
  const log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: "0" });
  const newer = h("button", { class: "newer", type: "button", hidden: true, onclick: () => toEnd() }, "New messages ↓");
  const typing = h("div", { class: "typing-line", "aria-live": "polite" });
  const foot = h("footer");
  const view = h("main", { class: "chat" }, head, h("div", { class: "log-frame" }, log, newer), typing, foot);
  const writer = composer(() => model.openId);
  let shown;
  let following = true; // the end of the log, through resizing and new messages

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
    newer.hidden = true;
    following = true;
  };
  const showMessages = () => {
    const conversation = conversationOf(model.openId);
    if (!conversation) return;
    const follow = following || shown !== model.openId;
    const [height, top, lastBefore] = [log.scrollHeight, log.scrollTop, log.lastChild];
    const firstBefore = log.querySelector(".message");
    reconcile(log, rowsOf(conversation, writer));
    if (follow) toEnd();
    else if (firstBefore?.isConnected && log.querySelector(".message") !== firstBefore)
      log.scrollTop = top + log.scrollHeight - height;
    else if (log.lastChild !== lastBefore) newer.hidden = false;
    shown = model.openId;
  };
  const showOpen = () => {
    const conversation = conversationOf(model.openId);
    document.body.classList.toggle("chat-open", conversation !== undefined);
    view.classList.toggle("none", !conversation);
    if (!conversation) {
      log.replaceChildren(welcome());
      log.rows = undefined;
      head.replaceChildren();
      foot.replaceChildren();
      shown = undefined;
      return;
    }
    if (shown !== model.openId) {
      log.replaceChildren();
      log.rows = undefined;
      writer.reset();
    }
    head.replaceChildren(...headOf(conversation));
    const below = footOf(conversation, writer);
    if (foot.firstChild !== below) foot.replaceChildren(below);
    showMessages();
  };
  const showTyping = () => {
    const names = [...(model.typing.get(model.openId) ?? [])].map(nameOf);
    typing.textContent = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …` : "";
  };
  let lastTop = 0;
  let loading = false;
  log.addEventListener("scroll", () => {
    if (atEnd()) {
      following = true;
      newer.hidden = true;
    } else if (log.scrollTop < lastTop) following = false; // not when what is below has grown
    lastTop = log.scrollTop;
    const timeline = model.openId && timelineOf(model.openId);
    if (log.scrollTop > 80 || loading || !timeline?.loaded || timeline.complete) return;
    loading = true;
    loadOlder(model.openId)
      .catch(failed)
      .finally(() => (loading = false));
  });
  new ResizeObserver(() => following && toEnd()).observe(log);
  log.addEventListener("load", () => following && toEnd(), true); // a picture has come
  on("open", () => (showOpen(), showTyping()));
  on("timeline", showMessages);
  on("typing", showTyping);
  on("list", () => {
    const conversation = conversationOf(model.openId);
    if (conversation) head.replaceChildren(...headOf(conversation));
  });
  showOpen();
  return view;
}

const welcome = () =>
  h(
    "div",
    { class: "welcome" },
    h("img", { src: "./icon.svg", alt: "", width: 72, height: 72 }),
    h("p", {}, "Choose a conversation, or start a new one."),
  );

function rowsOf(conversation, writer) {
  const rows = [];
  const timeline = timelineOf(conversation._id);
  if (timeline.complete)
    rows.push({ key: "start", same: [], make: () => h("p", { class: "start" }, "This is where it begins.") });
  let before;
  for (const message of timeline.entries) {
    const day = dayOf(message.created_at);
    const newDay = !before || dayOf(before.created_at) !== day;
    if (newDay) rows.push({ key: `day ${day}`, same: [], make: () => h("h3", { class: "day" }, h("span", {}, day)) });
    const first = newDay || before.sender_id !== message.sender_id || before.type === "system";
    const name = nameOf(message.sender_id);
    // A message that is on its way and its stored copy are one row.
    rows.push({
      key: message.clientId ?? message._id,
      same: [message, first, name, conversation.participants.length],
      make: () => messageView(message, { first, conversation, writer }),
    });
    before = message;
  }
  return rows;
}

function headOf(c) {
  const other = c.type === "private" ? otherOf(c) : undefined;
  const presence = other === undefined ? undefined : model.presence.get(other);
  const below = other === undefined ? `${c.participants.length} members` : presence?.online ? "online" : "";
  return [
    iconButton("back", "Back to the list", () => void openConversation(undefined), { class: "icon back" }),
    avatar(titleOf(c), other ?? c._id, presence?.online),
    h("div", { class: "title" }, h("h1", {}, titleOf(c)), h("span", {}, below)),
    iconButton(c.type === "group" ? "people" : "more", "Details", () => membersDialog(c._id)),
  ];
}

function footOf(c, writer) {
  if (isRequest(c)) return requestBar(c);
  if (c.status === "declined") return h("p", { class: "notice" }, "This request was declined.");
  if (c.type === "private" && model.blocked.has(otherOf(c))) return blockedBar(otherOf(c));
  return writer.element;
}

function requestBar(c) {
  const id = { conversationId: c._id };
  const answer = (event, after) => async () => {
    await ask(event, id);
    await after();
  };
  const accepted = async () => {
    await reloadConversation(c._id);
    await openConversation(c._id);
  };
  return h(
    "div",
    { class: "request" },
    h("p", {}, `${nameOf(c.initiator_id)} wants to write to you. They learn that you read this only when you accept.`),
    action("Accept", answer("conversation:accept", accepted), { class: "primary" }),
    action(
      "Decline",
      answer("conversation:decline", () => reloadConversation(c._id).then(() => openConversation(undefined))),
    ),
    action("Block", async () => {
      await ask("user:block", { userId: c.initiator_id });
      model.blocked.add(c.initiator_id);
      changed("open");
    }),
  );
}

const blockedBar = (userId) =>
  h(
    "div",
    { class: "request" },
    h("p", {}, `You have blocked ${userId === me().user_id ? "yourself" : nameOf(userId)}.`),
    action("Unblock", async () => {
      await ask("user:unblock", { userId });
      model.blocked.delete(userId);
      changed("open");
    }),
  );
