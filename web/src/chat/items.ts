/** The stream of messages as rows: days, the line above what is new, and which messages stand together. Pure. */

/** What of a message decides where it stands. */
interface Placed {
  readonly state: string;
  readonly key: string;
  readonly sender_id: number;
  readonly created_at: string;
  readonly seq?: number;
  readonly type?: string;
}

export type Item<M> =
  | { readonly kind: "message"; readonly key: string; readonly message: M; readonly first: boolean }
  | { readonly kind: "day"; readonly key: string; readonly at: string }
  | { readonly kind: "new" | "start"; readonly key: string };

const GROUP_MS = 5 * 60_000;
/** What is on its way comes behind everything. */
export const seqOf = (m: Placed): number => m.seq ?? Infinity;

const dayNumber = (at: string): number => {
  const date = new Date(at);
  return Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);
};

/** @param complete whether the first message is the conversation's first */
export function itemsOf<M extends Placed>(
  messages: readonly M[],
  readSeq: number,
  complete: boolean,
  me: number,
): Item<M>[] {
  const items: Item<M>[] = complete ? [{ kind: "start", key: "start" }] : [];
  let before: M | undefined;
  let marked = false;
  for (const message of messages) {
    const newDay = !before || dayNumber(before.created_at) !== dayNumber(message.created_at);
    if (newDay) items.push({ kind: "day", key: `day-${dayNumber(message.created_at)}`, at: message.created_at });
    const isNew: boolean = !marked && message.state === "sent" && seqOf(message) > readSeq && message.sender_id !== me;
    if (isNew) items.push({ kind: "new", key: "new" });
    marked ||= isNew;
    const first = newDay || isNew || !before || !isTogether(before, message);
    items.push({ kind: "message", key: message.key, message, first });
    before = message;
  }
  return items;
}

const isSystem = (m: Placed): boolean => m.type === "system";

function isTogether(a: Placed, b: Placed): boolean {
  if (a.sender_id !== b.sender_id || isSystem(a) || isSystem(b)) return false;
  return Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
}
