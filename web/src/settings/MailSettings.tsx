/** Whether and when what stays unread comes by mail, in the language that the page has then. */
import { type Preferences } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { session } from "../app/session";
import { language } from "../app/settings";
import { attempt } from "../app/toasts";
import { Select } from "../ui/Field";

type Mail = NonNullable<Preferences["mail"]>;

export function MailSettings({ mail, onSet }: { mail: Mail; onSet: (mail: Mail) => Promise<unknown> }) {
  const times: readonly (readonly [Mail["when"], string])[] = [
    ["off", t("mailOff")],
    ["soon", t("mailSoon")],
    ["hourly", t("mailHourly")],
    ["daily", t("mailDaily")],
  ];
  return (
    <>
      <Select
        label={t("mailUnread")}
        value={mail.when}
        options={times}
        onValue={(when) => attempt(onSet({ when, language: language.value }))}
      />
      {mail.when !== "off" && !session.value?.user.email_verified && <p class="hint">{t("mailNeedsAddress")}</p>}
    </>
  );
}
