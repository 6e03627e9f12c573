/** Vue: anything that can be watched becomes a ref, for as long as the scope lives. */
import { defineComponent, h, onScopeDispose, type Ref, shallowRef } from "vue";
import { type Chat, type Conversation, type Readable } from "moleculer-chat-client";

export function useReadable<T>(readable: Readable<T>): Readonly<Ref<T>> {
  const ref = shallowRef(readable.value);
  onScopeDispose(readable.subscribe((value) => (ref.value = value)));
  return ref;
}

export const Room = defineComponent({
  props: { conversation: { type: Object as () => Conversation, required: true } },
  setup({ conversation }) {
    const messages = useReadable(conversation.messages);
    const send = (event: KeyboardEvent): void => {
      const input = event.target as HTMLInputElement;
      if (event.key === "Enter") conversation.send(input.value);
    };
    return () => [
      ...messages.value.map(({ key, content, state }) => h("p", { key, "data-state": state }, content)),
      h("input", { onKeyup: send }),
    ];
  },
});

export const List = defineComponent({
  props: { chat: { type: Object as () => Chat, required: true } },
  setup({ chat }) {
    const conversations = useReadable(chat.conversations);
    return () => conversations.value.map(({ _id, name }) => h("p", { key: _id }, name ?? "Private"));
  },
});
