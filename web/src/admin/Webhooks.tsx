/** Outgoing webhooks: addresses that are told of facts; how far each is, what it did not take, and from where it is told again. */
import { useState } from "preact/hooks";
import { type RouteResult } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { dateOf, momentOf, numberOf, t } from "../app/i18n";
import { attempt, say } from "../app/toasts";
import { confirm, Dialog } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { ShownOnce } from "../ui/ShownOnce";
import { type FactKind, factKinds } from "./facts";
import { Problem } from "../ui/Problem";

type Webhook = RouteResult<"GET /admin/webhooks">[number];

export function Webhooks() {
  const { rest } = theChat();
  const { value, error, again } = useAsked(() => rest.call("GET /admin/webhooks"), []);
  const [secret, setSecret] = useState<string>();
  const [looked, setLooked] = useState<Webhook>();
  const remove = ({ _id: webhookId, url }: Webhook): void =>
    confirm({
      title: t("remove"),
      text: t("webhookRemoveAsk", { url }),
      yes: t("remove"),
      run: () => rest.call("DELETE /admin/webhooks/:webhookId", { webhookId }).then(again),
    });
  return (
    <section>
      <h2>{t("webhooks")}</h2>
      <p class="hint">{t("webhooksHint")}</p>
      {error !== undefined && <Problem>{wordsFor(error)}</Problem>}
      {value?.length === 0 && <p class="hint">{t("noWebhooks")}</p>}
      <ul class="cards">
        {value?.map((webhook) => (
          <li key={webhook._id}>
            <strong dir="ltr">{webhook.url}</strong>
            <span class="hint whole">{webhook.facts.join(", ")}</span>
            <span class="hint whole">
              {t("webhookPosition", { position: numberOf(webhook.position) })} · {dateOf(webhook.created_at)}
            </span>
            <span class="buttons whole">
              <button type="button" onClick={() => setLooked(webhook)}>
                {t("webhookDeliveries")}
              </button>
              <button type="button" class="danger" onClick={() => remove(webhook)}>
                {t("remove")}
              </button>
            </span>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" onClick={again}>
          {t("refresh")}
        </button>
      </div>
      {secret && <ShownOnce hint={t("webhookSecret")} text={secret} />}
      <NewWebhook onMade={(made) => (setSecret(made.secret), again())} />
      {looked && <Deliveries webhook={looked} onClose={() => (setLooked(undefined), again())} />}
    </section>
  );
}

function NewWebhook({ onMade }: { onMade: (made: Webhook) => void }) {
  const [url, setUrl] = useState("");
  const [facts, setFacts] = useState<ReadonlySet<FactKind>>(new Set(["message.created"]));
  const toggle = (kind: FactKind): void =>
    setFacts((before) => new Set(before.has(kind) ? [...before].filter((one) => one !== kind) : [...before, kind]));
  const make = async (): Promise<void> => {
    onMade(await theChat().rest.call("POST /admin/webhooks", { url: url.trim(), facts: [...facts] }));
    setUrl("");
  };
  return (
    <>
      <h3>{t("newWebhook")}</h3>
      <Form submit={t("add")} disabled={!url.trim() || facts.size === 0} onSubmit={make}>
        <Field label={t("webhookUrl")} value={url} onValue={setUrl} inputMode="url" placeholder="https://" />
        <fieldset class="facts">
          <legend>{t("webhookFacts")}</legend>
          {factKinds.map((kind) => (
            <label key={kind} class="check">
              <input type="checkbox" checked={facts.has(kind)} onChange={() => toggle(kind)} />
              <code>{kind}</code>
            </label>
          ))}
        </fieldset>
      </Form>
    </>
  );
}

/** What it did not take; any position of the log is where it can be told on from. */
function Deliveries({
  webhook: { _id: webhookId, url, position },
  onClose,
}: {
  webhook: Webhook;
  onClose: () => void;
}) {
  const { rest } = theChat();
  const { value, again } = useAsked(
    () => rest.call("GET /admin/webhooks/:webhookId/failures", { webhookId }),
    [webhookId],
  );
  const [from, setFrom] = useState(String(position));
  const replay = async (after: number): Promise<void> => {
    await rest.call("POST /admin/webhooks/:webhookId/replay", { webhookId, position: after });
    say(t("webhookReplayed"));
    again();
  };
  return (
    <Dialog title={t("webhookDeliveries")} onClose={onClose}>
      <p class="hint" dir="ltr">
        {url}
      </p>
      {value?.length === 0 && <p class="hint">{t("webhookNoFailures")}</p>}
      <ul class="cards">
        {value?.map((failure) => (
          <li key={failure.position}>
            <div>
              <strong>{t("webhookFailed", { position: numberOf(failure.position) })}</strong>
              <p class="problem">{failure.error}</p>
              <p class="hint">{momentOf(failure.created_at)}</p>
            </div>
            <button type="button" onClick={() => attempt(replay(failure.position - 1))}>
              {t("webhookFromHere")}
            </button>
          </li>
        ))}
      </ul>
      <Form submit={t("webhookReplay")} disabled={!/^\d{1,15}$/.test(from)} onSubmit={() => replay(Number(from))}>
        <Field
          label={t("webhookFrom")}
          hint={t("webhookFromHint")}
          value={from}
          onValue={setFrom}
          inputMode="numeric"
        />
      </Form>
    </Dialog>
  );
}
