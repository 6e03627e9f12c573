/** Finding people and messages, and one's own account. */
import { ask } from "./connection.js";
import { avatar, dialog, h, shortTime } from "./dom.js";
import {
  changed,
  conversationOf,
  learnPeople,
  model,
  nameOf,
  openConversation,
  putConversation,
  remember,
  titleOf,
} from "./model.js";
import { me, rest, signOut } from "./session.js";
import { action, failed, marked } from "./view-common.js";

async function findPeople(text) {
  const found = await rest("GET", `/users/search?q=${encodeURIComponent(text)}&limit=20`);
  const users = Array.isArray(found) ? found : found.users;
  remember(users);
  return users.filter((user) => user.user_id !== me().user_id);
}

/** Runs `work` when typing rests, and shows only the answer to the last question. */
function onPause(work) {
  let timer;
  let turn = 0;
  return (value) => {
    clearTimeout(timer);
    const mine = ++turn;
    timer = setTimeout(() => void work(value, () => mine === turn).catch(failed), 250);
  };
}

/** A field that finds people by name; `onPick(user)` for each one chosen. */
export function peoplePicker(onPick, except = () => false) {
  const results = h("div", { class: "items", "aria-live": "polite" });
  const item = (user) =>
    h(
      "button",
      { type: "button", class: "item person", onclick: () => pick(user) },
      avatar(user.username, user.user_id),
      h("strong", {}, user.username),
      h("span", {}, `#${user.user_id}`),
    );
  const search = onPause(async (text, current) => {
    const users = text.trim() ? (await findPeople(text.trim())).filter((user) => !except(user)) : [];
    if (!current()) return;
    const nobody = text.trim() ? [h("p", { class: "empty" }, "Nobody by that name.")] : [];
    results.replaceChildren(...(users.length ? users.map(item) : nobody));
  });
  const input = h("input", {
    type: "search",
    placeholder: "Find a person by name",
    "aria-label": "Find a person by name",
    autofocus: true,
    oninput: () => search(input.value),
  });
  /** The field is ready for the next name. */
  function pick(user) {
    input.value = "";
    results.replaceChildren();
    input.focus();
    onPick(user);
  }
  return h("div", { class: "picker" }, input, results);
}

export function newChatDialog() {
  dialog("New conversation", (close) => {
    const chosen = new Map();
    const chips = h("div", { class: "chips" });
    const name = h("input", { placeholder: "Name of the group", "aria-label": "Name of the group", maxlength: 255 });
    const start = action("Start", async () => (await create([...chosen.keys()], name.value.trim()), close()), {
      class: "primary",
      disabled: true,
    });
    const show = () => {
      chips.replaceChildren(
        ...[...chosen.values()].map((u) =>
          h(
            "button",
            { type: "button", class: "chip", title: "Take out", onclick: () => (chosen.delete(u.user_id), show()) },
            `${u.username} ×`,
          ),
        ),
      );
      name.hidden = chosen.size < 2;
      start.disabled = chosen.size === 0;
      start.textContent = chosen.size > 1 ? "Start the group" : "Start";
    };
    show();
    return [peoplePicker((user) => (chosen.set(user.user_id, user), show())), chips, name, start];
  });
}

async function create(participantIds, name) {
  const group = participantIds.length > 1;
  const conversation = await ask("conversation:create", {
    participantIds,
    ...(group ? { type: "group" } : {}),
    ...(group && name ? { name } : {}),
  });
  putConversation(conversation);
  changed("list");
  await openConversation(conversation._id);
}

export function searchDialog() {
  dialog("Search messages", (close) => {
    const results = h("div", { class: "items", "aria-live": "polite" });
    const search = onPause(async (query, current) => {
      const { messages } = query.trim()
        ? await ask("message:search", { query: query.trim(), limit: 30 })
        : { messages: [] };
      await learnPeople(messages.map((m) => m.sender_id));
      if (!current()) return;
      const nothing = query.trim() ? [h("p", { class: "empty" }, "Nothing found.")] : [];
      results.replaceChildren(...(messages.length ? messages.map((m) => hit(m, close)) : nothing));
    });
    const input = h("input", {
      type: "search",
      placeholder: "Words, “phrases”, from: in: has:",
      "aria-label": "Search messages",
      autofocus: true,
      oninput: () => search(input.value),
    });
    return [input, results];
  });
}

function hit(message, close) {
  const conversation = conversationOf(message.conversation_id);
  const open = () => (close(), openConversation(message.conversation_id).catch(failed));
  return h(
    "button",
    { type: "button", class: "item", onclick: open },
    h("strong", {}, `${nameOf(message.sender_id)}${conversation ? ` · ${titleOf(conversation)}` : ""}`),
    h("span", {}, message.highlight ? marked(message.highlight) : message.content),
    h("time", {}, shortTime(message.created_at)),
  );
}

export function settingsDialog() {
  dialog("Your account", (close) => {
    const blocked = h("div", { class: "items" });
    const row = (userId) =>
      h(
        "div",
        { class: "item person" },
        avatar(nameOf(userId), userId),
        h("strong", {}, nameOf(userId)),
        action("Unblock", () => unblock(userId).then(show), { class: "quiet" }),
      );
    const show = () =>
      blocked.replaceChildren(
        ...(model.blocked.size ? [...model.blocked].map(row) : [h("p", { class: "empty" }, "Nobody is blocked.")]),
      );
    void learnPeople([...model.blocked]).then(show);
    show();
    return [
      h(
        "div",
        { class: "me" },
        avatar(me().username, me().user_id),
        h("div", {}, h("strong", {}, me().username), h("span", {}, `${me().email} · #${me().user_id}`)),
      ),
      h("h3", {}, "Blocked people"),
      blocked,
      action("Sign out", () => (close(), signOut()), { class: "danger" }),
    ];
  });
}

async function unblock(userId) {
  await ask("user:unblock", { userId });
  model.blocked.delete(userId);
  changed("open");
}
