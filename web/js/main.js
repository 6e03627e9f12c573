/** The demo client: signed out it shows the door, signed in the conversations. */
import { closeSockets, openSockets } from "./connection.js";
import { h } from "./dom.js";
import { chatEvents, notificationEvents } from "./events.js";
import { catchUp, changed, forget, markRead, model } from "./model.js";
import { flush, forgetOutbox } from "./outbox.js";
import { keepFresh, me, onSession } from "./session.js";
import { authView } from "./view-auth.js";
import { chatView } from "./view-chat.js";
import { failed } from "./view-common.js";
import { listView } from "./view-list.js";

const app = document.querySelector("#app");
let shownFor;
let inside;

function setOnline(online) {
  model.online = online;
  changed("status");
}

/** Every connection, the first as any later one: the socket listens already, now fetch what it could not hear. */
async function up() {
  try {
    await catchUp();
    setOnline(true);
    flush();
  } catch (error) {
    failed(error);
  }
}

function enter() {
  inside ??= [listView(), chatView()];
  app.replaceChildren(h("div", { class: "frame" }, inside));
  openSockets({
    chat: chatEvents,
    notifications: notificationEvents,
    onUp: () => void up(),
    onDown: () => setOnline(false),
  });
  changed("list", "status", "open", "notifications");
}

function show() {
  const user = me()?.user_id;
  if (user === shownFor && app.firstChild) return;
  shownFor = user;
  closeSockets();
  forget();
  forgetOutbox();
  document.querySelector("dialog")?.close();
  document.body.classList.remove("chat-open");
  if (user === undefined) app.replaceChildren(authView());
  else enter();
}

onSession(show);
show();
keepFresh();
document.addEventListener("visibilitychange", markRead);
// The mark in the window's title, for whoever looks elsewhere.
setInterval(() => {
  const unread = [...model.conversations.values()].reduce((sum, c) => sum + (c.unreadCount ?? 0), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${me() ? `${me().username} · ` : ""}Chat`;
}, 1000);
