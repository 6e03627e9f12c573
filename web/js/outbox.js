/** Sending: shown at once, kept until acknowledged, tried again with the same clientId, which makes it the same message. */
import { ask } from "./connection.js";
import { changed, model, takeMessage, timelineOf } from "./model.js";
import { me } from "./session.js";

const waiting = new Map();

const newClientId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

export function sendMessage(conversationId, { content, attachments = [], replyTo }) {
  const clientId = newClientId();
  waiting.set(clientId, {
    conversationId,
    content,
    clientId,
    ...(attachments.length ? { attachments } : {}),
    ...(replyTo ? { replyTo: replyTo._id } : {}),
  });
  timelineOf(conversationId).addPending({
    _id: clientId,
    clientId,
    sender_id: me().user_id,
    type: "text",
    content,
    attachments,
    reply_to: replyTo ? { message_id: replyTo._id, sender_id: replyTo.sender_id, content: replyTo.content } : null,
    reactions: {},
    created_at: new Date().toISOString(),
  });
  changed("timeline");
  void attempt(clientId);
}

async function attempt(clientId) {
  const payload = waiting.get(clientId);
  if (!payload || payload.trying) return;
  payload.trying = true;
  try {
    const { trying: _trying, failed: _failed, ...body } = payload;
    takeMessage(await ask("message:send", body));
    waiting.delete(clientId);
  } catch (error) {
    const later =
      error.code === "UNAVAILABLE" ? 2000 : error.code === "RATE_LIMITED" ? (error.details?.retryAfterMs ?? 1000) : 0;
    if (later && model.online) setTimeout(() => void attempt(clientId), later);
    if (!later) {
      payload.failed = true;
      timelineOf(payload.conversationId).failPending(clientId, error.message);
    }
  } finally {
    payload.trying = false;
  }
  changed("timeline", "list");
}

/** At every reconnection: what was not acknowledged goes out again. */
export function flush() {
  for (const [clientId, { failed }] of waiting) if (!failed) void attempt(clientId);
}

export function discard(conversationId, clientId) {
  waiting.delete(clientId);
  timelineOf(conversationId).dropPending(clientId);
  changed("timeline");
}

export const forgetOutbox = () => waiting.clear();

/** The user's own second try, after a refusal. */
export function retry(clientId) {
  const payload = waiting.get(clientId);
  if (!payload) return;
  payload.failed = false;
  timelineOf(payload.conversationId).failPending(clientId, undefined);
  changed("timeline");
  void attempt(clientId);
}
