/** Dialogs about one message: who got and read it, its earlier words; and where to pass it on to. */
import { useState } from "preact/hooks";
import { type ConversationInfo, type SentMessage } from "moleculer-chat-client";
import { me, theChat, useAsked, useReadable } from "../app/chat";
import { whatOfMail, whyNotified } from "../app/explanations";
import { fullTimeOf, t } from "../app/i18n";
import { useName, useTitle } from "../app/people";
import { go, href } from "../app/router";
import { attempt, say } from "../app/toasts";
import { Dialog } from "../ui/Dialog";
import { plainOf } from "../../../platform/plain-text";
import { WhenDialog } from "../ui/When";
import { looked, ReactionPicker } from "./MessageTools";

const close = (): void => void (looked.value = undefined);

export function MessageDialogs() {
  const now = looked.value;
  if (!now) return null;
  if (now.what === "react") return <React message={now.message} />;
  if (now.what === "remind") return <Remind message={now.message} />;
  return now.what === "info" ? <Info message={now.message} /> : <Forward message={now.message} />;
}

function React({ message }: { message: SentMessage }) {
  const react = (emoji: string): void => {
    close();
    const conversation = theChat().conversation(message.conversation_id);
    if (conversation) attempt(conversation.react(message, emoji));
  };
  return (
    <Dialog title={t("react")} onClose={close} class="small">
      <ReactionPicker onPick={react} />
    </Dialog>
  );
}

function Remind({ message }: { message: SentMessage }) {
  const remind = async (at: Date): Promise<void> => {
    await theChat().later.remind({ messageId: message._id }, at);
    say(t("willRemind", { time: fullTimeOf(at) }));
  };
  return (
    <WhenDialog title={t("remindMe")} submit={t("remindMe")} onClose={close} onWhen={remind}>
      <blockquote dir="auto">{plainOf(message.content) || t("attachment")}</blockquote>
    </WhenDialog>
  );
}

function Info({ message }: { message: SentMessage }) {
  const { ask } = theChat();
  const status = useAsked(() => ask("message:status:get", { messageId: message._id }), [message._id]);
  const history = useAsked(() => ask("message:history", { messageId: message._id }), [message._id]);
  const words = {
    sent: t("statusSent"),
    delivered: t("statusDelivered"),
    read: t("statusRead"),
    failed: t("statusFailed"),
  };
  const receipts = (status.value?.delivery_info ?? []).filter(({ user_id }) => user_id !== me());
  return (
    <Dialog title={t("messageInfo")} onClose={close}>
      {message.sender_id !== me() && <Explanation messageId={message._id} />}
      {receipts.length > 0 && <h3>{t("delivery")}</h3>}
      <ul class="plain-list">
        {receipts.map((one) => (
          <li key={one.user_id}>
            <Name id={one.user_id} /> — {words[one.status]}
            {one.timestamp && <time dateTime={one.timestamp}> {fullTimeOf(one.timestamp)}</time>}
          </li>
        ))}
      </ul>
      {(history.value?.length ?? 0) > 0 && (
        <>
          <h3>{t("editHistory")}</h3>
          <ul class="plain-list">
            {history.value?.map((one) => (
              <li key={one.version}>
                <time dateTime={one.edited_at}>{fullTimeOf(one.edited_at)}</time>
                <p dir="auto">{one.content}</p>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

/** Whether it made a notification for oneself, and why. */
function Explanation({ messageId }: { messageId: string }) {
  const { value } = useAsked(() => theChat().notifications.explain(messageId), [messageId]);
  if (!value) return null;
  return (
    <p>
      {t("notifications")}: {t(whyNotified(value.reason))} {value.quiet && t("quietly")}{" "}
      {value.mail && t(whatOfMail(value.mail.state))}
    </p>
  );
}

const Name = ({ id }: { id: number }) => <strong dir="auto">{useName(id)}</strong>;

function Forward({ message }: { message: SentMessage }) {
  const all = useReadable(theChat().conversations);
  const [filter, setFilter] = useState("");
  const to = async (c: ConversationInfo): Promise<void> => {
    await theChat().ask("message:forward", { messageId: message._id, conversationId: c._id });
    close();
    say(t("forwarded"));
    go(href.conversation(c._id));
  };
  return (
    <Dialog title={t("forwardTo")} onClose={close}>
      <input
        type="search"
        aria-label={t("search")}
        placeholder={t("search")}
        value={filter}
        onInput={(e) => setFilter(e.currentTarget.value)}
      />
      <ul class="found">
        {all.map((c) => (
          <Choice key={c._id} c={c} filter={filter} onChoose={() => attempt(to(c))} />
        ))}
      </ul>
    </Dialog>
  );
}

function Choice({ c, filter, onChoose }: { c: ConversationInfo; filter: string; onChoose: () => void }) {
  const title = useTitle(c);
  if (!title.toLowerCase().includes(filter.trim().toLowerCase())) return null;
  return (
    <li>
      <button type="button" class="person" onClick={onChoose}>
        <span dir="auto">{title}</span>
      </button>
    </li>
  );
}
