/** Why a message made a notification for oneself, or none. */
import { useState } from "preact/hooks";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { Field, Form } from "../ui/Field";

export function Explain() {
  const [id, setId] = useState("");
  const [answer, setAnswer] = useState<{ reason: string; quiet: boolean }>();
  const ask = async (): Promise<void> =>
    setAnswer(await theChat().rest.ask("GET", `/notifications/explain/${encodeURIComponent(id.trim())}`));
  return (
    <section>
      <h2>{t("explain")}</h2>
      <p class="hint">{t("explainHint")}</p>
      <Form submit={t("explain")} disabled={!id.trim()} onSubmit={ask}>
        <Field label={t("messageId")} value={id} onValue={setId} />
      </Form>
      {answer && (
        <p role="status">
          <code>{answer.reason}</code> {answer.quiet && t("quietly")}
        </p>
      )}
    </section>
  );
}
