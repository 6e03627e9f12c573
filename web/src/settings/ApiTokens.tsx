/** Tokens for scripts and bots. */
import { useState } from "preact/hooks";
import { theChat, useAsked } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { confirm } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";

interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
}
const scopes = ["chat:read", "chat:write"];

export function ApiTokens() {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.ask<ApiToken[]>("GET", "/auth/tokens"), []);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [made, setMade] = useState<string>();
  const make = async (): Promise<void> => {
    const secret = password ? { password } : {};
    const { token } = await rest.ask<{ token: string }>("POST", "/auth/tokens", { name, scopes, ...secret });
    setMade(token);
    setName("");
    setPassword("");
    again();
  };
  const revoke = ({ id, name: what }: ApiToken): void =>
    confirm({
      title: t("revoke"),
      text: t("revokeAsk", { name: what }),
      yes: t("revoke"),
      run: () => rest.ask("DELETE", `/auth/tokens/${id}`).then(again),
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
              {token.scopes.join(", ")} · {dateOf(token.created_at)}
            </span>
            <button type="button" onClick={() => revoke(token)}>
              {t("revoke")}
            </button>
          </li>
        ))}
      </ul>
      {made && (
        <p class="made">
          {t("tokenShownOnce")} <code>{made}</code>
        </p>
      )}
      <Form submit={t("makeToken")} disabled={!name.trim()} onSubmit={make}>
        <Field label={t("tokenName")} value={name} onValue={setName} maxLength={100} />
        <Field
          label={t("password")}
          type="password"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          hint={t("tokenPasswordHint")}
        />
      </Form>
    </section>
  );
}
