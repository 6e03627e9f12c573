/** One message: who, what, when, how far it got, and what can be done with it. */
import { attachmentView } from "./attachments.js";
import { ask } from "./connection.js";
import { avatar, h, iconButton, timeOf } from "./dom.js";
import { changed, conversationOf, nameOf, takeMessage, timelineOf } from "./model.js";
import { discard, retry } from "./outbox.js";
import { me } from "./session.js";
import { action, failed, linked } from "./view-common.js";
import { systemText } from "./words.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const STATUS = {
  sent: ["✓", "Sent"],
  delivered: ["✓✓", "Delivered"],
  read: ["✓✓", "Read"],
  failed: ["!", "Not delivered"],
};

export function messageView(message, { first, conversation, writer }) {
  if (message.type === "system") return h("p", { class: "system message" }, systemText(message));
  const own = message.sender_id === me().user_id;
  const name = nameOf(message.sender_id);
  const named = first && !own && conversation.type === "group";
  return h(
    "article",
    {
      class: `message${own ? " own" : ""}${first ? " first" : ""}`,
      "aria-label": `${own ? "You" : name}, ${timeOf(message.created_at)}`,
    },
    !own &&
      conversation.type === "group" &&
      (first ? avatar(name, message.sender_id) : h("span", { class: "avatar blank" })),
    h(
      "div",
      { class: "column" },
      named && h("span", { class: "author" }, name),
      h(
        "div",
        { class: "bubble", tabindex: message.pending || message.deleted_at ? undefined : "0" },
        contentOf(message),
        metaOf(message, own, conversation),
      ),
      reactionsOf(message),
      message.failed && failureOf(message, conversation),
    ),
    !message.pending &&
      !message.deleted_at &&
      conversation.status === "accepted" &&
      toolsOf(message, own, conversation, writer),
  );
}

function contentOf(message) {
  if (message.deleted_at) return h("p", { class: "text gone" }, "This message was deleted.");
  const quoted = message.reply_to;
  return [
    quoted &&
      h("blockquote", {}, h("strong", {}, nameOf(quoted.sender_id)), h("span", {}, quoted.content || "Attachment")),
    message.attachments.map((url) => attachmentView(url, message.type)),
    message.content && h("p", { class: "text" }, linked(message.content)),
  ];
}

function metaOf(message, own, conversation) {
  const [mark, word] = message.pending ? ["◷", "Sending"] : (STATUS[message.status] ?? STATUS.sent);
  return h(
    "span",
    { class: "meta" },
    message.pinned_at && "pinned · ",
    message.edited_at && !message.deleted_at && "edited · ",
    timeOf(message.created_at),
    own &&
      !message.deleted_at &&
      h(
        "span",
        {
          class: `mark ${message.pending ? "pending" : message.status}`,
          role: "img",
          "aria-label": word,
          title: readBy(message, conversation) ?? word,
        },
        mark,
      ),
  );
}

function readBy(message, conversation) {
  if (conversation.type !== "group" || !message.seen_by?.length) return undefined;
  return `Read by ${message.seen_by
    .filter((id) => id !== me().user_id)
    .map(nameOf)
    .join(", ")}`;
}

function reactionsOf(message) {
  const all = Object.entries(message.reactions ?? {}).filter(([, users]) => users.length > 0);
  if (all.length === 0) return null;
  const chip = ([emoji, users]) => {
    const mine = users.includes(me().user_id);
    return h(
      "button",
      {
        type: "button",
        class: mine ? "mine" : undefined,
        "aria-pressed": String(mine),
        title: users.map(nameOf).join(", "),
        onclick: () => toggle(message, emoji, mine),
      },
      `${emoji} ${users.length}`,
    );
  };
  return h("div", { class: "reactions" }, all.map(chip));
}

function toggle(message, emoji, mine) {
  ask(mine ? "message:unreact" : "message:react", { messageId: message._id, emoji }).then(took, failed);
}

function took(message) {
  takeMessage(message);
  changed("timeline", "list");
}

function failureOf(message, conversation) {
  return h(
    "p",
    { class: "problem", role: "alert" },
    `${message.failed} `,
    h("button", { type: "button", class: "link", onclick: () => retry(message.clientId) }, "Try again"),
    " · ",
    h(
      "button",
      { type: "button", class: "link", onclick: () => discard(conversation._id, message.clientId) },
      "Discard",
    ),
  );
}

function mayDelete(message, own, conversation) {
  const my = me().user_id;
  return own || conversation.admin_id === my || conversation.moderator_ids.includes(my);
}

function toolsOf(message, own, conversation, writer) {
  const bar = h("div", { class: "tools" });
  const pick = (emoji) =>
    h(
      "button",
      {
        type: "button",
        class: "emoji",
        "aria-label": `React with ${emoji}`,
        onclick: () => (toggle(message, emoji, false), rest()),
      },
      emoji,
    );
  const rest = () =>
    bar.replaceChildren(
      iconButton("smile", "React", () => bar.replaceChildren(...EMOJI.map(pick), iconButton("close", "Close", rest))),
      iconButton("reply", "Reply", () => writer.reply(message)),
      ...(own && message.type !== "system" ? [iconButton("edit", "Edit", () => writer.edit(message))] : []),
      ...(mayDelete(message, own, conversation) ? [iconButton("trash", "Delete", confirm)] : []),
    );
  const confirm = () =>
    bar.replaceChildren(
      action("Delete for all?", () => ask("message:delete", { messageId: message._id }).then(() => gone(message)), {
        class: "danger",
      }),
      iconButton("close", "Keep it", rest),
    );
  rest();
  return bar;
}

function gone({ _id, conversation_id }) {
  timelineOf(conversation_id).markDeleted(_id);
  const conversation = conversationOf(conversation_id);
  if (conversation?.lastMessage?._id === _id) conversation.lastMessage = timelineOf(conversation_id).get(_id);
  changed("timeline", "list");
}
