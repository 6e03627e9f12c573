/** What this page knows, and how events change it. Views listen to topics; nothing here touches the page. */
import { ask, askNotifications, connected } from "./connection.js";
import { me, rest } from "./session.js";
import { Timeline } from "./timeline.js";

const PAGE = 40;

export const model = {
  conversations: new Map(),
  timelines: new Map(),
  people: new Map(),
  presence: new Map(),
  typing: new Map(),
  blocked: new Set(),
  notifications: [],
  notificationCount: 0,
  openId: undefined,
  online: false,
  ready: false,
};
let cursors;

const listeners = new Map();
/** Topics: `list`, `timeline`, `typing`, `people`, `notifications`, `status`, `open`. */
export const on = (topic, fn) => listeners.set(topic, [...(listeners.get(topic) ?? []), fn]);
export function changed(...topics) {
  for (const topic of topics) for (const fn of listeners.get(topic) ?? []) fn();
}

export function forget() {
  for (const store of ["conversations", "timelines", "people", "presence", "typing", "blocked"]) model[store].clear();
  Object.assign(model, { notifications: [], notificationCount: 0, openId: undefined, online: false, ready: false });
  cursors = undefined;
  watched.clear();
  asked.clear();
  toLearn.length = 0;
}

export function timelineOf(id) {
  if (!model.timelines.has(id)) model.timelines.set(id, new Timeline());
  return model.timelines.get(id);
}

export const conversationOf = (id) => model.conversations.get(id);
export const nameOf = (userId) => model.people.get(userId)?.username ?? "Someone";
export const isRequest = (c) => c.status === "pending" && c.initiator_id !== me().user_id;
export const otherOf = (c) => c.participants.find((id) => id !== me().user_id) ?? me().user_id;

export function titleOf(c) {
  if (c.name) return c.name;
  if (c.type === "private") return nameOf(otherOf(c));
  const others = c.participants.filter((id) => id !== me().user_id);
  return others.slice(0, 4).map(nameOf).join(", ") || "Only you";
}

export function remember(users) {
  for (const user of users) model.people.set(user.user_id, user);
}

const asked = new Set();
const toLearn = [];
let learning;
/** Names of people who are not known yet, each asked for once, all of one moment by one request. */
export async function learnPeople(ids) {
  for (const id of new Set(ids)) {
    if (model.people.has(id) || asked.has(id)) continue;
    asked.add(id);
    toLearn.push(id);
  }
  if (toLearn.length > 0) learning ??= new Promise((resolve) => setTimeout(resolve, 20)).then(learnAll);
  await learning;
}

async function learnAll() {
  while (toLearn.length > 0) await learnSome(toLearn.splice(0, 200));
  learning = undefined;
  changed("people", "list", "timeline", "typing");
}

async function learnSome(ids) {
  try {
    remember(await rest("POST", "/users/batch", { ids }));
  } catch (error) {
    console.warn("Names were not learnt:", error.message);
    for (const id of ids) asked.delete(id);
  }
}

const watched = new Set();
let watching;
/** The other side of a private conversation is shown with a green dot; later changes come by themselves. */
function watchPresence(conversation) {
  if (conversation.type !== "private" || conversation.status !== "accepted" || watched.has(otherOf(conversation)))
    return;
  watched.add(otherOf(conversation));
  watching ??= setTimeout(() => void learnPresence().catch((error) => console.warn(error.message)), 200);
}

async function learnPresence() {
  watching = undefined;
  const userIds = [...watched].filter((id) => !model.presence.has(id)).slice(0, 200);
  if (userIds.length === 0) return;
  for (const seen of await ask("presence:get", { userIds })) model.presence.set(seen.userId, seen);
  changed("list", "open");
}

export function putConversation(conversation) {
  model.conversations.set(conversation._id, { ...model.conversations.get(conversation._id), ...conversation });
  timelineOf(conversation._id).recipients = conversation.participants.length - 1;
  void learnPeople(conversation.participants.slice(0, 50));
  watchPresence(conversation);
}

export function dropConversation(id) {
  model.conversations.delete(id);
  model.timelines.delete(id);
  if (model.openId === id) model.openId = undefined;
  changed("list", "open");
}

export async function reloadConversation(id) {
  putConversation(await ask("conversation:get", { conversationId: id }));
  changed("list", "open");
}

/** A message from wherever: into its timeline, and into the list where it is the last one. */
export function takeMessage(message) {
  const timeline = timelineOf(message.conversation_id);
  const missed = timeline.gapBefore(message);
  const what = timeline.apply(message);
  void learnPeople([message.sender_id]);
  const conversation = conversationOf(message.conversation_id);
  const last = conversation?.lastMessage;
  if (conversation && (!last || message.seq >= last.seq)) {
    const fresh = what === "new" && message.seq > (last?.seq ?? 0);
    const counts = fresh && message.sender_id !== me().user_id && message.type !== "system" && !message.deleted_at;
    putConversation({
      ...conversation,
      lastMessage: message,
      last_seq: Math.max(conversation.last_seq, message.seq),
      unreadCount: conversation.unreadCount + (counts ? 1 : 0),
      updated_at: fresh ? message.created_at : conversation.updated_at,
    });
  }
  return { what, missed };
}

const receipts = new Map();
/** Tells senders that their messages are here: the newest of each conversation, a few at most, not one call each. */
export function noteDelivered(message) {
  if (message.sender_id === me().user_id || message.type === "system") return;
  const waiting = receipts.get(message.conversation_id) ?? [];
  receipts.set(message.conversation_id, [...waiting, message._id].slice(-5));
  if (receipts.size === 1 && waiting.length === 0) setTimeout(sendReceipts, 250);
}

function sendReceipts() {
  const ids = [...receipts.values()].flat();
  receipts.clear();
  // A lost receipt costs nothing: reading tells the sender more.
  for (const messageId of ids) ask("message:delivered", { messageId }).catch(() => undefined);
}

let reading;
/** What is open before the user's eyes is read; messages in a row cost one call. */
export function markRead() {
  const conversation = model.openId && conversationOf(model.openId);
  if (!conversation || isRequest(conversation) || document.hidden || !connected()) return;
  if (conversation.unreadCount > 0) reading ??= setTimeout(() => void tellRead(conversation._id), 300);
}

async function tellRead(id) {
  clearTimeout(reading);
  reading = undefined;
  const upTo = conversationOf(id)?.last_seq;
  try {
    await ask("conversation:mark-read", { conversationId: id });
    if (conversationOf(id)?.last_seq !== upTo) return void (await reloadConversation(id)); // more came meanwhile
    putConversation({ ...conversationOf(id), unreadCount: 0 });
    changed("list");
  } catch (error) {
    console.warn(error.message); // it stays unread, and the next message tries again
  }
}

export async function openConversation(id) {
  if (reading && model.openId) void tellRead(model.openId);
  model.openId = id;
  changed("open", "list");
  if (!id) return;
  const timeline = timelineOf(id);
  if (!timeline.loaded) await loadOlder(id);
  markRead();
}

/** One page further into the past; the first call gives the newest page. */
export async function loadOlder(id) {
  const timeline = timelineOf(id);
  const before = timeline.loaded && timeline.firstSeq > 0 ? { before: timeline.firstSeq } : {};
  const page = await ask("message:list", { conversationId: id, limit: PAGE, ...before });
  timeline.addPage(page, PAGE);
  void learnPeople(page.map((m) => m.sender_id));
  changed("timeline");
}

/** Everything anew: at the first connection, and when the server can't tell what was missed. */
async function loadAll() {
  cursors = (await ask("sync", {})).cursors; // before the list: what comes in between is told twice, not never
  const [list, blocked] = await Promise.all([ask("conversation:list", { limit: 100 }), ask("user:blocked", {})]);
  model.conversations.clear();
  model.timelines.clear();
  model.presence.clear();
  watched.clear();
  for (const conversation of list) putConversation(conversation);
  model.blocked = new Set(blocked.map((b) => b.userId));
  if (model.openId && !model.conversations.has(model.openId)) model.openId = undefined;
  model.ready = true;
  changed("list", "open", "timeline");
}

/** After every reconnection: the socket already listens, so nothing falls between; doubles fall out by id and version. */
export async function catchUp() {
  if (cursors === undefined) await loadAll();
  else {
    for (let next = cursors; next;) {
      const page = await ask("sync", { cursors: next });
      if (page.reset) return loadAll();
      for (const change of page.changes) await applyChange(change);
      cursors = page.cursors;
      next = page.next;
    }
    changed("list", "timeline", "open");
    model.presence.clear(); // who came and went meanwhile was not told
    await learnPresence();
  }
  if (model.openId) await openConversation(model.openId);
}

async function applyChange({ type, conversationId, message, conversation }) {
  if (type === "message" && message) noteIfNew(message);
  else if (type === "left") dropConversation(conversationId);
  else if (conversation) putConversation(conversation);
  else await reloadConversation(conversationId).catch(() => dropConversation(conversationId));
}

function noteIfNew(message) {
  if (takeMessage(message).what === "new") noteDelivered(message);
}

export async function loadNotifications() {
  model.notifications = await askNotifications("notification:list", { limit: 50 });
  model.notificationCount = model.notifications.filter((n) => !n.is_read).length;
  changed("notifications");
}
