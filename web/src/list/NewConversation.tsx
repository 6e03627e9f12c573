/** Begins a conversation: with one person, or a group with a name. */
import { useState } from "preact/hooks";
import { type PublicUser } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { go, href } from "../app/router";
import { Dialog } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { PeoplePicker } from "./PeoplePicker";

export function NewConversation({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<readonly PublicUser[]>([]);
  const [name, setName] = useState("");
  const start = async (): Promise<void> => {
    const members = chosen.map((user) => user.user_id);
    const [one] = members;
    const alone = members.length === 1 && one !== undefined && !name.trim();
    const made = alone ? await theChat().with(one) : await theChat().group({ name: name.trim(), members });
    onClose();
    go(href.conversation(made.id));
  };
  return (
    <Dialog title={t("newConversation")} onClose={onClose}>
      <Form submit={t("start")} onSubmit={start} disabled={chosen.length === 0 || (chosen.length > 1 && !name.trim())}>
        <PeoplePicker chosen={chosen} onChange={setChosen} />
        <Field
          label={t("groupName")}
          value={name}
          onValue={setName}
          maxLength={100}
          required={chosen.length > 1}
          hint={t(chosen.length > 1 ? "groupNameNeeded" : "groupNameHint")}
        />
      </Form>
    </Dialog>
  );
}
