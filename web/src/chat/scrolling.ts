/** Where the stream of messages stands: at the end while one follows it, at a message that was asked for, else where it was. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type RefObject } from "preact";
import { type Conversation, type TimelineMessage } from "moleculer-chat-client";
import { type VirtualizerHandle } from "virtua";
import { failed } from "../app/toasts";
import { type Item, seqOf } from "./items";

type Items = readonly Item<TimelineMessage>[];

/** Within this many pixels of the end one follows it. */
const NEAR = 80;
export type List = RefObject<VirtualizerHandle | null>;

export const isAtEnd = (box: Element): boolean => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** True in the render that puts items before the others, or takes the first ones away: the view then stays where it is. */
export function useIsShifted(items: Items): boolean {
  const before = useRef<Items>([]);
  const firstOf = (all: Items): string | undefined => all.find(({ kind }) => kind === "message")?.key;
  const [was, is] = [firstOf(before.current), firstOf(items)];
  const has = (all: Items, key: string): boolean => all.some((item) => item.key === key);
  const shifted = was !== undefined && is !== undefined && was !== is && (has(items, was) || has(before.current, is));
  useLayoutEffect(() => void (before.current = items));
  return shifted;
}

/** Whoever follows the end stays there whatever grows: a picture, a preview, the field below. */
export function useStaysAtEnd(box: RefObject<HTMLElement | null>, following: boolean): void {
  const follows = useRef(following);
  follows.current = following;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      if (follows.current) element.scrollTop = element.scrollHeight;
    });
    watch.observe(element);
    for (const child of element.children) watch.observe(child);
    return () => watch.disconnect();
  }, [box]);
}

/** To the message that a link, a quote or a search hit names. */
export function useJump(
  conversation: Conversation,
  seq: number | undefined,
  items: Items,
  list: List,
  setFollowing: (following: boolean) => void,
): void {
  const [wanted, setWanted] = useState<number>();
  useEffect(() => {
    if (seq === undefined) return;
    setFollowing(false);
    conversation.messages.around(seq).then(() => setWanted(seq), failed);
  }, [conversation, seq]);
  useEffect(() => {
    if (wanted === undefined) return;
    const at = items.findIndex((i) => i.kind === "message" && seqOf(i.message) === wanted);
    if (at === -1) return;
    setWanted(undefined);
    requestAnimationFrame(() => list.current?.scrollToIndex(at, { align: "center" }));
  }, [wanted, items]);
}

/** So many fill a window; fewer are shown when there are no more, or when more don't come. */
const ENOUGH = 25;
const LATE_MS = 1_000;
/** Whether there is so much that what comes will not push it away. */
export function useIsFilled(count: number, hasOlder: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late || !hasOlder || count >= ENOUGH;
}

interface Opening {
  readonly seq: number | undefined;
  readonly filled: boolean;
  readonly onPlaced: () => void;
}
/** Opens at the first unread message, or at the end. */
export function useFirstUnread(items: Items, list: List, { seq, filled, onPlaced }: Opening): void {
  const done = useRef(false);
  useLayoutEffect(() => {
    if (!filled || done.current || seq !== undefined || !items.some((i) => i.kind === "message")) return;
    done.current = true;
    const at = items.findIndex((i) => i.kind === "new");
    const index = at === -1 ? items.length - 1 : at;
    const go = (): void => list.current?.scrollToIndex(index, { align: at === -1 ? "end" : "start" });
    go();
    requestAnimationFrame(() => {
      go();
      requestAnimationFrame(onPlaced);
    });
  }, [items, filled]);
}
