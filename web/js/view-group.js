/** Details of a conversation: its members and what one may do with them. */
import { ask } from "./connection.js";
import { avatar, dialog, h } from "./dom.js";
import {
  changed,
  conversationOf,
  dropConversation,
  model,
  openConversation,
  otherOf,
  reloadConversation,
  titleOf,
} from "./model.js";
import { me } from "./session.js";
import { action, failed } from "./view-common.js";
import { peoplePicker } from "./view-people.js";

export function membersDialog(id) {
  const body = h("div", { class: "details" });
  dialog("Details", (close) => {
    void fill(body, id, close).catch(failed);
    return body;
  });
}

async function fill(body, id, close) {
  const c = conversationOf(id);
  const members = await ask("conversation:members", { conversationId: id });
  const mine = members.find((m) => m.userId === me().user_id)?.role;
  const again = () => fill(body, id, close);
  body.replaceChildren(
    h("h3", {}, titleOf(c)),
    settingsOf(c, again),
    h(
      "div",
      { class: "items" },
      members.map((member) => memberRow(c, member, mine, again)),
    ),
    c.type === "group" && mine !== "member" ? adding(c, members, again) : "",
    endings(c, mine, close),
  );
}

/** One's own settings: others don't see them. */
function settingsOf(c, again) {
  const set = (event, payload) => async () => {
    await ask(event, { conversationId: c._id, ...payload });
    await reloadConversation(c._id);
    await again();
  };
  return h(
    "p",
    { class: "buttons" },
    action(c.pinned ? "Unpin" : "Pin to the top", set("conversation:pin", { pinned: !c.pinned })),
    action(c.muted ? "Unmute" : "Mute", set("conversation:mute", { muted: !c.muted })),
  );
}

function memberRow(c, member, mine, again) {
  const self = member.userId === me().user_id;
  const run = (event) => async () => {
    await ask(event, { conversationId: c._id, userId: member.userId });
    await again();
  };
  const group = c.type === "group" && !self;
  return h(
    "div",
    { class: "item person" },
    avatar(member.username, member.userId, member.online),
    h("strong", {}, member.username, self && " (you)"),
    h("span", {}, c.type === "group" && member.role !== "member" ? member.role : ""),
    group &&
      mine === "admin" &&
      member.role === "member" &&
      action("Make moderator", run("conversation:promote-moderator"), { class: "quiet" }),
    group &&
      mine === "admin" &&
      member.role === "moderator" &&
      action("Make member", run("conversation:demote-moderator"), { class: "quiet" }),
    group &&
      (mine === "admin" || (mine === "moderator" && member.role === "member")) &&
      action("Remove", run("conversation:remove-member"), { class: "quiet danger" }),
  );
}

function adding(c, members, again) {
  const inside = new Set(members.map((m) => m.userId));
  const add = (user) =>
    ask("conversation:add-member", { conversationId: c._id, userId: user.user_id }).then(again).catch(failed);
  return h(
    "details",
    {},
    h("summary", {}, "Add a person"),
    peoplePicker(
      (user) => void add(user),
      (user) => inside.has(user.user_id),
    ),
  );
}

function endings(c, mine, close) {
  const id = { conversationId: c._id };
  const end = (event, payload) => async () => {
    await ask(event, payload);
    close();
    dropConversation(c._id);
    await openConversation(undefined);
  };
  const block = async () => {
    await ask("user:block", { userId: otherOf(c) });
    model.blocked.add(otherOf(c));
    changed("open");
    close();
  };
  return h(
    "p",
    { class: "buttons" },
    c.type === "group" && action("Leave the group", end("conversation:remove-member", { ...id, userId: me().user_id })),
    c.type === "private" && !model.blocked.has(otherOf(c)) && action("Block this person", block),
    (c.type === "private" || mine === "admin") &&
      action("Delete for all", end("conversation:delete", id), { class: "danger" }),
  );
}
