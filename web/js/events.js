/** What the server tells -> what changes in the model. */
import {
  catchUp,
  changed,
  conversationOf,
  dropConversation,
  learnPeople,
  loadNotifications,
  markRead,
  model,
  noteDelivered,
  putConversation,
  reloadConversation,
  takeMessage,
  timelineOf,
} from "./model.js";
import { me } from "./session.js";

const warn = (error) => console.warn(error.message);

function created(message) {
  if (!conversationOf(message.conversation_id)) reloadConversation(message.conversation_id).catch(warn);
  setTyping({ conversationId: message.conversation_id, userId: message.sender_id, isTyping: false });
  const { missed } = takeMessage(message);
  noteDelivered(message);
  changed("list", "timeline");
  if (message.conversation_id === model.openId) markRead();
  if (missed) catchUp().catch(warn);
}

function updated(message) {
  takeMessage(message);
  changed("list", "timeline");
}

/** For events that name a message: changes it in its timeline, and in the list where it is the last one. */
const inTimeline = (change) => (event) => {
  const timeline = timelineOf(event.conversationId);
  change(timeline, event);
  const conversation = conversationOf(event.conversationId);
  const last = conversation?.lastMessage && timeline.get(conversation.lastMessage._id);
  if (last) putConversation({ ...conversation, lastMessage: last });
  changed("timeline", "list");
};

function read({ conversationId, userId, seq, timestamp }) {
  const conversation = conversationOf(conversationId);
  // One's own reading on another device clears the badge here too.
  if (userId === me().user_id && conversation && seq >= conversation.last_seq)
    putConversation({ ...conversation, unreadCount: 0 });
  timelineOf(conversationId).setRead({ userId, seq, timestamp });
  changed("timeline", "list");
}

function gained({ conversation }) {
  putConversation(conversation);
  changed("list", "open");
}

const timers = new Map();
/** A sign of typing fades by itself: its end may get lost. */
function setTyping({ conversationId, userId, isTyping }) {
  const typing = model.typing.get(conversationId) ?? new Set();
  const key = `${conversationId} ${userId}`;
  clearTimeout(timers.get(key));
  timers.delete(key);
  if (isTyping) {
    typing.add(userId);
    timers.set(
      key,
      setTimeout(() => setTyping({ conversationId, userId, isTyping: false }), 7000),
    );
    void learnPeople([userId]);
  } else typing.delete(userId);
  model.typing.set(conversationId, typing);
  changed("typing", "list");
}

const reload = ({ conversationId }) => reloadConversation(conversationId).catch(warn);

function memberRemoved({ conversationId, userId }) {
  if (userId === me().user_id) dropConversation(conversationId);
  else void reload({ conversationId });
}

export const chatEvents = {
  "message:created": created,
  "message:updated": updated,
  "message:deleted": inTimeline((timeline, e) => timeline.markDeleted(e.messageId)),
  "message:status": inTimeline((timeline, e) => timeline.setStatus(e)),
  "message:reaction": inTimeline((timeline, e) => timeline.setReaction(e)),
  "conversation:created": gained,
  "conversation:invited": gained,
  "conversation:updated": reload,
  "conversation:deleted": ({ conversationId }) => dropConversation(conversationId),
  "conversation:member-added": reload,
  "conversation:member-removed": memberRemoved,
  "conversation:read": read,
  "request:accepted": reload,
  "request:declined": reload,
  typing: setTyping,
  presence: (seen) => {
    model.presence.set(seen.userId, seen);
    changed("list", "open");
  },
};

export const notificationEvents = {
  connect: () => void loadNotifications().catch(warn),
  "notification:created": (notification) => {
    model.notifications = [notification, ...model.notifications.filter((n) => n._id !== notification._id)];
    changed("notifications");
  },
  "notification:read": ({ notificationId }) => {
    model.notifications = model.notifications.map((n) => (n._id === notificationId ? { ...n, is_read: true } : n));
    changed("notifications");
  },
  "notification:deleted": ({ notificationId }) => {
    model.notifications = model.notifications.filter((n) => n._id !== notificationId);
    changed("notifications");
  },
  "notification:count": ({ count }) => {
    model.notificationCount = count;
    changed("notifications");
    if (count === 0) loadNotifications().catch(warn); // read-all elsewhere
  },
};
