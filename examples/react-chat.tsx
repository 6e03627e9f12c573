/** A chat page in React: a list, the messages, a field to write in. */
import { useState } from "react";
import type { Chat } from "moleculer-chat-client";
import * as react from "moleculer-chat-client/react";

function Room({ id }: { id: string }) {
  const { conversation } = react.useConversation(id);
  const { messages, hasOlder, loadOlder } = react.useMessages(conversation);
  const { text, setText, send } = react.useComposer(conversation);
  return (
    <form onSubmit={(event) => (event.preventDefault(), send())}>
      {hasOlder && <button onClick={() => void loadOlder()}>Older</button>}
      {messages.map(({ key, content, state }) => (
        <p key={key} data-state={state} children={content} />
      ))}
      <input value={text} onChange={(event) => setText(event.target.value)} />
    </form>
  );
}

function Page() {
  const [id, open] = useState<string>();
  const { conversations } = react.useConversations();
  return (
    <main data-state={react.useConnection().state}>
      {conversations.map(({ _id, name, unreadCount }) => (
        <nav key={_id} onClick={() => open(_id)}>
          {name ?? "Private"} {unreadCount || ""}
        </nav>
      ))}
      {id && <Room key={id} id={id} />}
    </main>
  );
}

export const App = ({ chat }: { chat: Chat }) => (
  <react.ChatProvider chat={chat}>
    <Page />
  </react.ChatProvider>
);
