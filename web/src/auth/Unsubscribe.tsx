/** Where the link of a mail leads that ends such mails: nothing is done before somebody presses. */
import { t } from "../app/i18n";
import { go, href } from "../app/router";
import { open } from "../app/session";
import { say } from "../app/toasts";
import { Form } from "../ui/Field";

export function Unsubscribe({ token }: { token: string }) {
  const submit = async (): Promise<void> => {
    await open(`/mail/unsubscribe/${encodeURIComponent(token)}`, {});
    say(t("mailEnded"));
    go(href.home, { replace: true });
  };
  return (
    <main class="auth">
      <div class="card">
        <h1>{t("endMail")}</h1>
        <Form submit={t("endMail")} onSubmit={submit}>
          <p>{t("endMailHint")}</p>
        </Form>
      </div>
    </main>
  );
}
