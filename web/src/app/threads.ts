/** What is known of the threads below messages: asked for many at once, and anew when a reply came. */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Chat, type Conversation, type ThreadSummary, type TimelineMessage } from "moleculer-chat-client";
import { theChat } from "./chat";

const SOON_MS = 80;
/** What one request may ask for. */
const AT_ONCE = 100;
const MOST = 2_000;

type Known = Map<string, Signal<ThreadSummary | undefined>>;
/** By client: another account knows nothing of this. */
const all = new WeakMap<Chat, Known>();
const wanted = new Map<string, Conversation>();
let timer: ReturnType<typeof setTimeout> | undefined;

function knownOf(chat: Chat): Known {
  const known = all.get(chat) ?? (new Map() as Known);
  all.set(chat, known);
  return known;
}

async function ask(): Promise<void> {
  timer = undefined;
  const known = knownOf(theChat());
  const [first] = wanted.values();
  if (!first) return;
  const ids = [...wanted].filter(([, c]) => c === first).map(([id]) => id);
  for (const id of ids) wanted.delete(id);
  if (wanted.size > 0) timer = setTimeout(() => void ask(), 0);
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    // Where it fails, the next reply or the next look asks again.
    const found = await first.threads(ids.slice(i, i + AT_ONCE)).catch(() => []);
    for (const summary of found) {
      const place = known.get(summary.message_id);
      if (place) place.value = summary.reply_count > 0 ? summary : undefined;
    }
  }
}

function want(conversation: Conversation, messageId: string): void {
  wanted.set(messageId, conversation);
  timer ??= setTimeout(() => void ask(), SOON_MS);
}

/** Asked for at the first look. */
export function threadOf(conversation: Conversation, messageId: string): Signal<ThreadSummary | undefined> {
  const known = knownOf(theChat());
  let place = known.get(messageId);
  if (!place) {
    place = signal(undefined);
    known.set(messageId, place);
    if (known.size > MOST) known.delete(known.keys().next().value as string);
    want(conversation, messageId);
  }
  return place;
}

export function refreshThread(conversation: Conversation, messageId: string): void {
  if (knownOf(theChat()).has(messageId)) want(conversation, messageId);
}

/** What replies to a message changes what is told below that. */
export function useFreshThreads(conversation: Conversation, messages: readonly TimelineMessage[]): void {
  const seen = useRef(conversation.info.value.last_seq);
  useEffect(() => {
    for (const message of messages) {
      if (message.state !== "sent" || message.seq <= seen.current) continue;
      seen.current = message.seq;
      if (message.reply_to) refreshThread(conversation, message.reply_to.message_id);
    }
  }, [conversation, messages]);
}
