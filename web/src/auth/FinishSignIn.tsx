/** Back from a provider: the page takes its tokens, where need be with a second factor. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../app/i18n";
import { go } from "../app/router";
import { finishSignIn } from "../app/session";
import { failed } from "../app/toasts";
import { Form } from "../ui/Field";
import { CodeField } from "./CodeField";
import { needsCode } from "./Auth";

export function FinishSignIn() {
  const [code, setCode] = useState<string>();
  const firstTry = (): Promise<void> =>
    finishSignIn(undefined).catch((error: unknown) => {
      if (needsCode(error)) return setCode("");
      failed(error);
      go("#oidc=failed", { replace: true });
    });
  useEffect(() => void firstTry(), []);
  return (
    <main class="auth">
      <div class="card">
        <h1>{t("signIn")}</h1>
        {code !== undefined && (
          <Form submit={t("signIn")} onSubmit={() => finishSignIn(code)}>
            <CodeField value={code} onValue={setCode} />
          </Form>
        )}
      </div>
    </main>
  );
}
