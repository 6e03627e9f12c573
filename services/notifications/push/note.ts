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

export type Noted = Pick<NotificationDoc, "_id" | "title" | "content" | "type" | "related_id">;

/** For each reader. On a phone a conversation is one line, an announcement one of its own. */
export async function noteOf({ _id, title, content, type, related_id }: Noted): Promise<(userId: number) => PushNote> {
  const shown = { title, content: await shownOf(content), type, relatedId: related_id };
  return (userId) => {
    const notificationId = idFor(_id, userId);
    const topic = type === "message" && related_id !== null ? related_id : notificationId;
    return { topic, ...shown, notificationId };
  };
}
