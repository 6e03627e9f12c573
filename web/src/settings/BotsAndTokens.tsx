/** One's bots, and the tokens that scripts and they speak with. */
import { useState } from "preact/hooks";
import { type PublicUser } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { confirm } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { ApiTokens } from "./ApiTokens";

export function BotsAndTokens() {
  const { value = [], again } = useAsked(() => theChat().account.bots(), []);
  return (
    <>
      <ApiTokens bots={value} />
      <Bots bots={value} onChanged={again} />
    </>
  );
}

function Bots({ bots, onChanged }: { bots: readonly PublicUser[]; onChanged: () => void }) {
  const { account } = theChat();
  const [name, setName] = useState("");
  const make = async (): Promise<void> => {
    await account.createBot(name.trim());
    setName("");
    onChanged();
  };
  const remove = ({ user_id, username }: PublicUser): void =>
    confirm({
      title: t("removeNamed", { name: username }),
      text: t("botRemoveAsk"),
      yes: t("remove"),
      run: () => account.delete(user_id).then(onChanged),
    });
  return (
    <section>
      <h2>{t("bots")}</h2>
      <p class="hint">{t("botsHint")}</p>
      <ul class="cards">
        {bots.map((bot) => (
          <li key={bot.user_id}>
            <strong dir="auto">{bot.username}</strong>
            <span class="hint">{t("memberSince", { date: dateOf(bot.created_at) })}</span>
            <button type="button" class="danger" onClick={() => remove(bot)}>
              {t("remove")}
            </button>
          </li>
        ))}
      </ul>
      <Form submit={t("makeBot")} disabled={name.trim().length < 2} onSubmit={make}>
        <Field label={t("botName")} value={name} onValue={setName} maxLength={40} autocomplete="off" />
      </Form>
    </section>
  );
}
