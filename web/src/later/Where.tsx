/** In which conversation something stands. */
import { type ConversationInfo } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { useTitle } from "../app/people";

const Title = ({ c }: { c: ConversationInfo }) => <em dir="auto">{useTitle(c)}</em>;

export function Where({ conversationId }: { conversationId: string | null }) {
  const info = conversationId === null ? undefined : theChat().conversation(conversationId)?.info.value;
  return info ? <Title c={info} /> : null;
}
