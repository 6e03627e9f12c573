/** What happens in a conversation beside new messages, kept for the log of facts until that has it. Pure. */
import { type FactKind, type Kept } from "../../../contracts/facts";
import { type ConversationDoc, type NewsDoc } from "./documents";

/** What is kept of a kind, without the conversation that all of it is of. */
export type Noted<K extends FactKind> = Omit<Kept<K>, "conversationId">;

/** So many wait one by one while the log can't be had; of more, older reactions and pins of one message become one. */
const SEVERAL = 500;

/** What the later of two makes needless: that somebody has read less. */
function replaces(later: NewsDoc, { type, data }: NewsDoc, many: boolean): boolean {
  if (later.type !== type) return false;
  if (type === "message.read") return later.data.userId === data.userId;
  return many && "messageId" in data && later.data.messageId === data.messageId;
}

/** With one more; bounded by the conversation itself, however long they wait. */
export function withNews(news: readonly NewsDoc[], doc: NewsDoc): NewsDoc[] {
  const many = news.length >= SEVERAL;
  return [...news.filter((old) => !replaces(doc, old, many)), doc];
}

/** A conversation that is made has its first news in it: there is no moment at which it is there and nobody is to hear of it. */
export function begun(doc: ConversationDoc): Pick<ConversationDoc, "news" | "news_n" | "outbox"> {
  const data: Noted<"conversation.created"> = { actorId: doc.initiator_id, participants: doc.participants };
  return { news: [{ n: 1, pos: 0, at: doc.created_at, type: "conversation.created", data }], news_n: 1, outbox: true };
}
