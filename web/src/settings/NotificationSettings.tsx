/** Of what one wants to hear, when, and on this device. */
import { useState } from "preact/hooks";
import { type Preferences } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { t } from "../app/i18n";
import { attempt, failed, say } from "../app/toasts";
import { Form, Switch } from "../ui/Field";
import { MailSettings } from "./MailSettings";
import { pushState, subscribePush, unsubscribePush } from "./push";

export function NotificationSettings() {
  const { value, again } = useAsked(() => theChat().notifications.preferences(), []);
  if (!value) return null;
  const set = (
    change: Parameters<ReturnType<typeof theChat>["notifications"]["setPreferences"]>[0],
  ): Promise<unknown> => theChat().notifications.setPreferences(change).then(again);
  const types = { message: t("notifyMessages"), group_invite: t("notifyInvites"), system: t("notifySystem") };
  return (
    <section>
      <h2>{t("notifications")}</h2>
      {(Object.keys(types) as (keyof typeof types)[]).map((type) => (
        <Switch
          key={type}
          label={types[type]}
          checked={value.types[type]}
          onChange={(on) => attempt(set({ types: { [type]: on } }))}
        />
      ))}
      <DoNotDisturb dnd={value.dnd} onSet={(dnd) => set({ dnd })} />
      <Push />
      {value.mail && <MailSettings mail={value.mail} onSet={(mail) => set({ mail })} />}
    </section>
  );
}

function DoNotDisturb({
  dnd,
  onSet,
}: {
  dnd: Preferences["dnd"];
  onSet: (dnd: Preferences["dnd"]) => Promise<unknown>;
}) {
  const [from, setFrom] = useState(dnd?.from ?? "22:00");
  const [to, setTo] = useState(dnd?.to ?? "07:00");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return (
    <>
      <Switch
        label={t("doNotDisturb")}
        checked={dnd !== null}
        onChange={(on) => attempt(onSet(on ? { from, to, timezone: timeZone } : null))}
      />
      {dnd && (
        <Form submit={t("save")} onSubmit={() => onSet({ from, to, timezone: timeZone })}>
          <label>
            {t("from")} <input type="time" value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
          </label>
          <label>
            {t("to")} <input type="time" value={to} onInput={(e) => setTo(e.currentTarget.value)} />
          </label>
          <p class="hint">{timeZone}</p>
        </Form>
      )}
    </>
  );
}

function Push() {
  const { value, again } = useAsked(pushState, []);
  if (value === undefined) return null;
  const change = async (on: boolean): Promise<void> => {
    try {
      await (on ? subscribePush() : unsubscribePush());
    } catch (error) {
      if (error instanceof DOMException) say(t("pushDenied"), { kind: "problem" });
      else failed(error);
    }
    again();
  };
  if (value === "unsupported") return <p class="hint">{t("pushUnsupported")}</p>;
  return <Switch label={t("push")} hint={t("pushHint")} checked={value === "on"} onChange={(on) => void change(on)} />;
}
