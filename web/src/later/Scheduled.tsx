/** Messages that wait for their time, and those that were refused when it had come. */
import { useState } from "preact/hooks";
import { type ScheduledMessage } from "moleculer-chat-client";
import { theChat, useReadable } from "../app/chat";
import { wordsFor } from "../app/errors";
import { fullTimeOf, t } from "../app/i18n";
import { href } from "../app/router";
import { attempt, say } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { IconButton } from "../ui/Icon";
import { plainOf } from "../../../platform/plain-text";
import { WhenDialog } from "../ui/When";
import { Where } from "./Where";

export function Scheduled() {
  const { scheduled } = useReadable(theChat().later.waiting);
  return (
    <section>
      <h2>{t("scheduled")}</h2>
      <p class="hint">{t("scheduledHint")}</p>
      {scheduled.length === 0 && <p class="hint">{t("nothingScheduled")}</p>}
      <ul class="cards">
        {scheduled.map((one) => (
          <One key={one._id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function One({ one }: { one: ScheduledMessage }) {
  const { later } = theChat();
  const [changing, setChanging] = useState(false);
  const cancel = (): void =>
    confirm({
      title: t("unschedule"),
      text: t("unscheduleAsk"),
      yes: t("unschedule"),
      run: () => later.cancel(one._id),
    });
  const now = async (): Promise<void> => {
    const { content, attachments, replyTo, conversation_id } = one;
    await later.cancel(one._id);
    const more = replyTo ? { replyTo } : {};
    theChat()
      .conversation(conversation_id)
      ?.send({ text: content, attachments, ...more });
    say(t("statusSent"));
  };
  return (
    <li>
      <a href={href.conversation(one.conversation_id)} class="plain">
        <Where conversationId={one.conversation_id} />
      </a>
      <span class="buttons">
        <button type="button" class="quiet" onClick={() => attempt(now())}>
          {t("sendNow")}
        </button>
        <IconButton icon="clock" label={t("changeTime")} onClick={() => setChanging(true)} />
        <IconButton icon="trash" label={t("unschedule")} onClick={cancel} />
      </span>
      <span class="hint whole" dir="auto">
        {plainOf(one.content) || t("attachment")}
      </span>
      <span class="whole">
        <time dateTime={one.at}>{fullTimeOf(one.at)}</time>
        {one.status === "refused" && (
          <span class="problem"> {one.error ? wordsFor(one.error) : t("statusFailed")}</span>
        )}
      </span>
      {changing && (
        <WhenDialog
          title={t("changeTime")}
          submit={t("save")}
          at={one.at}
          onClose={() => setChanging(false)}
          onWhen={(at) => later.change(one._id, { at })}
        />
      )}
    </li>
  );
}
