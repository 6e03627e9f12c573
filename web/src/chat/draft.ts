/** What one has begun to write: it stays on this device, goes to one's other devices, and comes from them. */
import { useEffect, useRef } from "preact/hooks";
import { type Conversation, type ConversationInfo } from "moleculer-chat-client";
import { connection } from "../app/chat";
import { keepDraft } from "../app/settings";

const SOON_MS = 1_500;
/** Writing it down and showing it in the list waits until one pauses: a key has no time for either. */
const PAUSE_MS = 400;

/** @param text undefined while something else than a draft is written */
export function useKeptDraft(id: string, text: string | undefined): void {
  const latest = useRef(text);
  latest.current = text;
  const keep = (): void => {
    if (latest.current !== undefined) keepDraft(id, latest.current);
  };
  useEffect(() => {
    const timer = setTimeout(keep, text ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    addEventListener("pagehide", keep);
    return () => {
      removeEventListener("pagehide", keep);
      keep();
    };
  }, [id]);
}

/** @param text undefined while something else than a draft is written */
export function useSharedDraft(
  conversation: Conversation,
  c: ConversationInfo,
  text: string | undefined,
  setText: (text: string) => void,
): void {
  const there = c.draft?.content ?? "";
  /** As the server has it, as far as this page knows. */
  const known = useRef(there);
  const latest = useRef(text);
  latest.current = text;
  const tell = (): void => {
    const { current } = latest;
    if (current === undefined || current.trim() === known.current.trim()) return;
    if (connection.peek().state !== "online") return; // what was typed stays on this device
    known.current = current;
    conversation.keepDraft(current).catch(() => undefined); // the next key tells it again
  };
  useEffect(() => {
    const timer = setTimeout(tell, text ? SOON_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => tell, [conversation]);
  useEffect(() => {
    if (there === known.current) return;
    // Another device wrote on. What was changed here meanwhile is not overwritten.
    const untouched = latest.current?.trim() === known.current.trim();
    known.current = there;
    if (untouched) setText(there);
  }, [there]);
}
