/** Saved messages, the last saved first. */
import { useEffect, useState } from "preact/hooks";
import { type Message } from "moleculer-chat-client";
import { theChat, useChatEvent } from "../app/chat";
import { shortTimeOf, t } from "../app/i18n";
import { useName } from "../app/people";
import { href } from "../app/router";
import { attempt, failed } from "../app/toasts";
import { IconButton } from "../ui/Icon";
import { plainOf } from "../../../platform/plain-text";
import { Where } from "./Where";

type One = Awaited<ReturnType<ReturnType<typeof theChat>["saved"]>>[number];
const PAGE = 50;

export function Saved() {
  const [all, setAll] = useState<readonly One[]>();
  const [more, setMore] = useState(false);
  const load = async (before?: string): Promise<void> => {
    const page = await theChat().saved({ limit: PAGE, ...(before ? { before } : {}) });
    setAll((known) => [...(before ? (known ?? []) : []), ...page]);
    setMore(page.length >= PAGE);
  };
  useEffect(() => void load().catch(failed), []);
  useChatEvent("message:saved", () => void load().catch(failed));
  return (
    <section>
      <h2>{t("savedMessages")}</h2>
      {all?.length === 0 && <p class="hint">{t("nothingSaved")}</p>}
      <ul class="hits">
        {all?.map(({ message }) => (
          <li key={message._id}>
            <Kept message={message} />
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" onClick={() => attempt(load(all?.at(-1)?.saved_at))}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}

function Kept({ message }: { message: Message }) {
  const sender = useName(message.sender_id);
  const { _id: messageId, conversation_id, seq, created_at } = message;
  return (
    <>
      <a class="hit" href={href.conversation(conversation_id, { seq })}>
        <strong dir="auto">{sender}</strong>
        <Where conversationId={conversation_id} />
        <time dateTime={created_at}>{shortTimeOf(created_at)}</time>
        <span class="words" dir="auto">
          {message.poll?.question ?? (plainOf(message.content) || t("attachment"))}
        </span>
      </a>
      <IconButton
        icon="close"
        label={t("unsave")}
        onClick={() => attempt(theChat().ask("message:unsave", { messageId }))}
      />
    </>
  );
}
