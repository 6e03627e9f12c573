/** Why a message made a notification for oneself, or none. */
import { useState } from "preact/hooks";
import { theChat } from "../app/chat";
import { whatOfMail, whyNotified } from "../app/explanations";
import { t } from "../app/i18n";
import { Field, Form } from "../ui/Field";

const explain = (id: string) => theChat().notifications.explain(id);

export function Explain() {
  const [id, setId] = useState("");
  const [answer, setAnswer] = useState<Awaited<ReturnType<typeof explain>>>();
  const ask = async (): Promise<void> => setAnswer(await explain(id.trim()));
  return (
    <section>
      <h2>{t("explain")}</h2>
      <p class="hint">{t("explainHint")}</p>
      <Form submit={t("explain")} disabled={!id.trim()} onSubmit={ask}>
        <Field label={t("messageId")} value={id} onValue={setId} />
      </Form>
      {answer && (
        <p role="status">
          {t(whyNotified(answer.reason))} {answer.quiet && t("quietly")}{" "}
          {answer.mail && t(whatOfMail(answer.mail.state))}
        </p>
      )}
    </section>
  );
}
