/** Reminders to come, and a new one of one's own words. */
import { useState } from "preact/hooks";
import { type Reminder } from "moleculer-chat-client";
import { theChat, useAsked, useReadable } from "../app/chat";
import { fullTimeOf, t } from "../app/i18n";
import { go, href } from "../app/router";
import { attempt } from "../app/toasts";
import { Field } from "../ui/Field";
import { Icon, IconButton } from "../ui/Icon";
import { plainOf } from "../../../platform/plain-text";
import { WhenDialog } from "../ui/When";
import { Where } from "./Where";

export function Reminders() {
  const { later } = theChat();
  const { reminders } = useReadable(later.waiting);
  const [making, setMaking] = useState(false);
  const [text, setText] = useState("");
  const make = async (at: Date): Promise<void> => {
    await later.remind({ text: text.trim() || t("reminder") }, at);
    setText("");
  };
  return (
    <section>
      <h2>{t("reminders")}</h2>
      {reminders.length === 0 && <p class="hint">{t("noReminders")}</p>}
      <ul class="cards">
        {reminders.map((one) => (
          <One key={one._id} one={one} />
        ))}
      </ul>
      <button type="button" onClick={() => setMaking(true)}>
        <Icon name="plus" /> {t("newReminder")}
      </button>
      {making && (
        <WhenDialog title={t("newReminder")} submit={t("remindMe")} onClose={() => setMaking(false)} onWhen={make}>
          <Field label={t("remindOf")} value={text} onValue={setText} maxLength={500} autocomplete="off" />
        </WhenDialog>
      )}
    </section>
  );
}

function About({ messageId }: { messageId: string }) {
  const { value } = useAsked(() => theChat().message(messageId), [messageId]);
  return <>{(value && plainOf(value.content)) || t("reminderOfMessage")}</>;
}

function One({ one }: { one: Reminder }) {
  const { later } = theChat();
  const { _id, message_id, conversation_id, text, at } = one;
  const open = async (): Promise<void> => {
    const { seq } = await theChat().message(message_id ?? "");
    go(href.conversation(conversation_id ?? "", { seq }));
  };
  return (
    <li>
      <strong dir="auto">{text || (message_id && <About messageId={message_id} />)}</strong>
      <span class="hint">
        <time dateTime={at}>{fullTimeOf(at)}</time>
        {conversation_id && " · "}
        <Where conversationId={conversation_id} />
      </span>
      <span class="buttons">
        {message_id && conversation_id && (
          <button type="button" onClick={() => attempt(open())}>
            {t("open")}
          </button>
        )}
        <IconButton icon="trash" label={t("forgetReminder")} onClick={() => attempt(later.forget(_id))} />
      </span>
    </li>
  );
}
