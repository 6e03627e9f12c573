/** What can be put into a conversation beside words: files, a poll. */
import { useRef, useState } from "preact/hooks";
import { type Conversation } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { Menu } from "../ui/Menu";
import { NewPoll } from "./NewPoll";

interface Props {
  readonly conversation: Conversation;
  readonly onFiles: (files: readonly File[]) => void;
}
export function AddMenu({ conversation, onFiles }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [polling, setPolling] = useState(false);
  return (
    <>
      <Menu
        icon="plus"
        label={t("addToMessage")}
        items={[
          { icon: "attach", label: t("attachFiles"), run: () => input.current?.click() },
          { icon: "poll", label: t("newPoll"), run: () => setPolling(true) },
        ]}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("attachFiles")}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      {polling && <NewPoll conversation={conversation} onClose={() => setPolling(false)} />}
    </>
  );
}
