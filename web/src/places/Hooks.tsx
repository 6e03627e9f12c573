/** Incoming webhooks of a group: addresses through which other systems speak here; made, copied once, taken back. */
import { useState } from "preact/hooks";
import { type IncomingHook } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { at } from "../app/site";
import { confirm } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Icon";
import { ShownOnce } from "../ui/ShownOnce";

export function Hooks({ conversationId }: { conversationId: string }) {
  const { ask } = theChat();
  const { value, again } = useAsked(() => ask("conversation:hooks", { conversationId }), [conversationId]);
  const [name, setName] = useState("");
  const [made, setMade] = useState<string>();
  const make = async (): Promise<void> => {
    const { path } = await ask("conversation:create-hook", { conversationId, username: name.trim() });
    if (path) setMade(at(path));
    setName("");
    again();
  };
  const revoke = ({ _id: hookId, username }: IncomingHook): void =>
    confirm({
      title: t("revoke"),
      text: t("revokeAsk", { name: username }),
      yes: t("revoke"),
      run: () => ask("conversation:revoke-hook", { conversationId, hookId }).then(() => (setMade(undefined), again())),
    });
  return (
    <section class="links">
      <h3>{t("incomingHooks")}</h3>
      <p class="hint">{t("incomingHooksHint")}</p>
      <ul class="members">
        {value?.map((hook) => (
          <li key={hook._id}>
            <Avatar name={hook.username} id={hook.userId} url={hook.avatar_url} size="small" />
            <span class="words">
              <strong dir="auto">{hook.username}</strong> <span class="hint">{dateOf(hook.created_at)}</span>
            </span>
            <IconButton icon="trash" label={t("removeNamed", { name: hook.username })} onClick={() => revoke(hook)} />
          </li>
        ))}
      </ul>
      {made && <ShownOnce hint={t("hookShownOnce")} text={made} />}
      <Form submit={t("makeHook")} disabled={name.trim().length < 2} onSubmit={make}>
        <Field label={t("hookName")} value={name} onValue={setName} maxLength={40} autocomplete="off" />
      </Form>
    </section>
  );
}
