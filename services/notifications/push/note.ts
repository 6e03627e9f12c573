/** What a push shows of a notification, in the words that it has now. */
import { cut } from "../../../platform/graphemes";
import { type NotificationDoc } from "../documents";
import { idFor } from "../ids";
import { type PushNote } from "./provider";

/** What fits into a push, which takes 4 kB. */
const SHOWN = 200;

/** A phone shows text and no Markdown, whose library is loaded by the first that is pushed. */
export async function shownOf(content: string): Promise<string> {
  const { plainOf } = await import("../../../platform/plain-text");
  return cut(plainOf(content), SHOWN);
}

type Noted = Pick<NotificationDoc, "_id" | "title" | "content" | "type" | "related_id">;

/** One for each of these users. On a phone a conversation is one line, an announcement one of its own. */
export async function notesOf(
  { _id, title, content, type, related_id }: Noted,
  users: readonly number[],
): Promise<{ userId: number; note: PushNote }[]> {
  if (users.length === 0) return [];
  const shown = { title, content: await shownOf(content), type, relatedId: related_id };
  return users.map((userId) => {
    const notificationId = idFor(_id, userId);
    const topic = type === "message" && related_id !== null ? related_id : notificationId;
    return { userId, note: { topic, ...shown, notificationId } };
  });
}
