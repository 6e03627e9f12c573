/** Facts that could not be handled, and their second chance. */
import { theChat, useAsked } from "../app/chat";
import { t } from "../app/i18n";
import { attempt, say } from "../app/toasts";

export function DeadLetters() {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.ask<unknown>("GET", "/admin/dead-letters"), []);
  const text = value === undefined ? "" : JSON.stringify(value, null, 2);
  const replay = (): void =>
    attempt(rest.ask("POST", "/admin/dead-letters/replay", {}).then(() => (say(t("replayed")), again())));
  return (
    <section>
      <h2>{t("deadLetters")}</h2>
      <pre class="data" tabIndex={0} aria-label={t("deadLetters")}>
        {text}
      </pre>
      <button type="button" onClick={replay}>
        {t("replay")}
      </button>
    </section>
  );
}
