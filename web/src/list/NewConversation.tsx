/** Begins a conversation: with one person, or a group with a name. */
import { useState } from "preact/hooks";
import { type ConversationInfo, type PublicUser } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { go, href } from "../app/router";
import { Dialog } from "../ui/Dialog";
import { Field, Form, Switch } from "../ui/Field";
import { PeoplePicker } from "./PeoplePicker";

export function NewConversation({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<readonly PublicUser[]>([]);
  const [name, setName] = useState("");
  const [options, setOptions] = useState<Options>({});
  const start = async (): Promise<void> => {
    const members = chosen.map((user) => user.user_id);
    const [one] = members;
    const alone = members.length === 1 && one !== undefined && !name.trim();
    const made = alone ? await theChat().with(one) : await theChat().group({ ...options, name: name.trim(), members });
    onClose();
    go(href.conversation(made.id));
  };
  return (
    <Dialog title={t("newConversation")} onClose={onClose}>
      <Form submit={t("start")} onSubmit={start} disabled={!name.trim() && chosen.length !== 1}>
        <PeoplePicker chosen={chosen} onChange={setChosen} />
        <Field
          label={t("groupName")}
          value={name}
          onValue={setName}
          maxLength={100}
          required={chosen.length > 1}
          hint={t(chosen.length > 1 ? "groupNameNeeded" : "groupNameHint")}
        />
        {name.trim() && <GroupOptions options={options} onChange={setOptions} />}
      </Form>
      <a href={href.explore} onClick={onClose}>
        {t("browseGroups")}
      </a>
    </Dialog>
  );
}

type Options = Partial<Pick<ConversationInfo, "visibility" | "approval" | "posting">>;

function GroupOptions({ options, onChange }: { options: Options; onChange: (options: Options) => void }) {
  return (
    <details class="options">
      <summary>{t("groupOptions")}</summary>
      <Switch
        label={t("publicGroup")}
        hint={t("publicHint")}
        checked={options.visibility === "public"}
        onChange={(on) => onChange({ ...options, visibility: on ? "public" : "private" })}
      />
      <Switch
        label={t("approvalNeeded")}
        hint={t("approvalHint")}
        checked={options.approval === true}
        onChange={(approval) => onChange({ ...options, approval })}
      />
      <Switch
        label={t("postingStaff")}
        hint={t("postingStaffHint")}
        checked={options.posting === "staff"}
        onChange={(on) => onChange({ ...options, posting: on ? "staff" : "all" })}
      />
    </details>
  );
}
