/** A guest's link was followed: it stands for them until their time is over. */
import { useState } from "preact/hooks";
import { t } from "../app/i18n";
import { enterAsGuest } from "../app/session";
import { Form } from "../ui/Field";
import { ToTheDoor } from "./ToTheDoor";
import { Problem } from "../ui/Problem";

export function EnterAsGuest({ token }: { token: string }) {
  const [gone, setGone] = useState(false);
  const enter = (): Promise<void> => enterAsGuest(token).catch(() => setGone(true));
  return (
    <main class="auth">
      <div class="card">
        <h1>{t("guestTitle")}</h1>
        {gone ? (
          <>
            <Problem>{t("guestGone")}</Problem>
            <ToTheDoor />
          </>
        ) : (
          <Form submit={t("guestEnter")} onSubmit={enter}>
            <p>{t("guestHint")}</p>
          </Form>
        )}
      </div>
    </main>
  );
}
