/** What happened while one looked elsewhere. */
import { askNotifications } from "./connection.js";
import { dialog, h, shortTime } from "./dom.js";
import { conversationOf, model, on, openConversation } from "./model.js";
import { action, failed } from "./view-common.js";

let show;
on("notifications", () => show?.());

export function notificationsDialog() {
  const box = dialog("Notifications", (close) => {
    const list = h("div", { class: "items" });
    show = () => list.replaceChildren(...itemsOf(close));
    show();
    return [action("Mark all read", () => askNotifications("notification:read-all"), { class: "quiet" }), list];
  });
  box.addEventListener("close", () => (show = undefined));
}

function itemsOf(close) {
  if (model.notifications.length === 0) return [h("p", { class: "empty" }, "Nothing new.")];
  return model.notifications.map((n) =>
    h(
      "button",
      { type: "button", class: `item${n.is_read ? "" : " unread"}`, onclick: () => follow(n, close) },
      h("strong", {}, n.title),
      h("span", {}, n.content),
      h("time", {}, shortTime(n.created_at)),
    ),
  );
}

function follow(notification, close) {
  if (!notification.is_read) askNotifications("notification:read", { notificationId: notification._id }).catch(failed);
  if (!conversationOf(notification.related_id)) return;
  close();
  openConversation(notification.related_id).catch(failed);
}
