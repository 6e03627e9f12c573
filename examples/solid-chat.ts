/** Solid: `from` takes anything that can be watched as it is. */
import { type Accessor, from } from "solid-js";
import { type Chat, type Conversation, type Readable, type TimelineMessage } from "moleculer-chat-client";

export const signalOf = <T>(readable: Readable<T>): Accessor<T> => {
  const signal = from<T>((set) => readable.subscribe((value) => set(() => value)));
  return () => signal() ?? readable.value;
};

export interface Room {
  readonly messages: Accessor<readonly TimelineMessage[]>;
  readonly typing: Accessor<readonly number[]>;
  readonly send: (text: string) => void;
}

/** What a component needs of one conversation. */
export const roomOf = (conversation: Conversation): Room => ({
  messages: signalOf(conversation.messages),
  typing: signalOf(conversation.typing),
  send: (text) => void conversation.send(text),
});

/** And of the whole. */
export const chatOf = (chat: Chat) => ({
  state: signalOf(chat.connection),
  conversations: signalOf(chat.conversations),
  requests: signalOf(chat.requests),
});
