/** Tokens for scripts: in one's own name, or in that of a bot of one's own. */
import { useState } from "preact/hooks";
import { type ApiToken, type PublicUser } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { confirm } from "../ui/Dialog";
import { Field, Form, OwnPassword, Select } from "../ui/Field";
import { ShownOnce } from "../ui/ShownOnce";

const MYSELF = 0;

export function ApiTokens({ bots }: { bots: readonly PublicUser[] }) {
  const { account } = theChat();
  const { value, again } = useAsked(() => account.apiTokens(), [bots]);
  const [made, setMade] = useState<string>();
  const nameOf = (id: number): string | undefined => bots.find(({ user_id }) => user_id === id)?.username;
  const revoke = ({ id, name }: ApiToken): void =>
    confirm({
      title: t("revoke"),
      text: t("revokeAsk", { name }),
      yes: t("revoke"),
      run: () => account.revokeApiToken(id).then(again),
    });
  return (
    <section>
      <h2>{t("apiTokens")}</h2>
      <p class="hint">{t("apiTokensHint")}</p>
      <ul class="cards">
        {value?.map((token) => (
          <li key={token.id}>
            <strong dir="auto">{token.name}</strong>
            <span class="hint">
              {[nameOf(token.user_id), token.scopes.join(", "), dateOf(token.created_at)].filter(Boolean).join(" · ")}
              {token.expires_at && ` · ${t("expires", { date: dateOf(token.expires_at) })}`}
            </span>
            <button type="button" onClick={() => revoke(token)}>
              {t("revoke")}
            </button>
          </li>
        ))}
      </ul>
      {made && <ShownOnce hint={t("tokenShownOnce")} text={made} />}
      <NewToken bots={bots} onMade={(token) => (setMade(token), again())} />
    </section>
  );
}

interface NewTokenProps {
  readonly bots: readonly PublicUser[];
  readonly onMade: (token: string) => void;
}
function NewToken({ bots, onMade }: NewTokenProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [bot, setBot] = useState(MYSELF);
  const make = async (): Promise<void> => {
    const { token } = await theChat().account.createApiToken({
      name: name.trim(),
      scopes: ["chat:read", "chat:write"],
      ...(bot === MYSELF ? {} : { bot }),
      ...(password ? { password } : {}),
    });
    onMade(token);
    setName("");
    setPassword("");
  };
  return (
    <Form submit={t("makeToken")} disabled={!name.trim()} onSubmit={make}>
      <Field label={t("tokenName")} value={name} onValue={setName} maxLength={100} />
      {bots.length > 0 && (
        <Select
          label={t("tokenFor")}
          value={bot}
          onValue={setBot}
          options={[[MYSELF, t("tokenForMe")], ...bots.map((one) => [one.user_id, one.username] as const)]}
        />
      )}
      <OwnPassword value={password} onValue={setPassword} hint={t("tokenPasswordHint")} />
    </Form>
  );
}
