/** Sends what was written at a time instead of now; and says how much waits here for its time. */
import { useState } from "preact/hooks";
import { type Conversation } from "moleculer-chat-client";
import { theChat, useReadable } from "../app/chat";
import { fullTimeOf, t } from "../app/i18n";
import { href } from "../app/router";
import { say } from "../app/toasts";
import { Icon, IconButton } from "../ui/Icon";
import { WhenDialog } from "../ui/When";

export interface Written {
  readonly text: string;
  readonly files: readonly File[];
  readonly replyTo?: string;
}

interface Props {
  readonly conversation: Conversation;
  readonly written: Written;
  readonly onScheduled: () => void;
}
export function ScheduleButton({ conversation, written, onScheduled }: Props) {
  const [asking, setAsking] = useState(false);
  const schedule = async (at: Date): Promise<void> => {
    const { text, files, replyTo } = written;
    const uploaded = await Promise.all(files.map((file) => theChat().upload(file)));
    const attachments = uploaded.map(({ url }) => url);
    const more = { ...(attachments.length ? { attachments } : {}), ...(replyTo ? { replyTo } : {}) };
    await theChat().later.send(conversation.id, { ...(text ? { content: text } : {}), ...more }, at);
    onScheduled();
    say(t("willSend", { time: fullTimeOf(at) }));
  };
  return (
    <>
      <IconButton icon="clock" label={t("sendLater")} onClick={() => setAsking(true)} />
      {asking && (
        <WhenDialog title={t("sendLater")} submit={t("schedule")} onClose={() => setAsking(false)} onWhen={schedule} />
      )}
    </>
  );
}

/** Above where one writes, while something waits. */
export function ScheduledHere({ conversationId }: { conversationId: string }) {
  const { scheduled } = useReadable(theChat().later.waiting);
  const here = scheduled.filter(({ conversation_id }) => conversation_id === conversationId);
  if (here.length === 0) return null;
  return (
    <a class="scheduled-here" href={href.later("scheduled")}>
      <Icon name="clock" /> {t("scheduledCount", { count: here.length })}
    </a>
  );
}
