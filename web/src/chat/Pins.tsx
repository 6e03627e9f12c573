/** What was pinned in a conversation. */
import { type Conversation, type Message } from "moleculer-chat-client";
import { useAsked, useReadable } from "../app/chat";
import { shortTimeOf, t } from "../app/i18n";
import { useName } from "../app/people";
import { href } from "../app/router";
import { plainOf } from "../../../platform/plain-text";
import { Panel } from "./Panel";

export function Pins({ conversation }: { conversation: Conversation }) {
  const shown = useReadable(conversation.messages);
  const pinned = shown.filter((m) => m.state === "sent" && m.pinned_at).map((m) => m.key);
  const { value } = useAsked(() => conversation.pins(), [conversation, pinned.join()]);
  return (
    <Panel title={t("pinnedMessages")}>
      {value?.length === 0 && <p class="hint">{t("noPins")}</p>}
      {value?.map((message) => (
        <Pinned key={message._id} message={message} />
      ))}
    </Panel>
  );
}

function Pinned({ message }: { message: Message }) {
  const name = useName(message.sender_id);
  return (
    <a class="hit" href={href.conversation(message.conversation_id, { seq: message.seq })}>
      <strong dir="auto">{name}</strong>
      <time dateTime={message.created_at}>{shortTimeOf(message.created_at)}</time>
      <span class="words" dir="auto">
        {plainOf(message.content) || t("attachment")}
      </span>
    </a>
  );
}
