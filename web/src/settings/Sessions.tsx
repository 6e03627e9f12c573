/** Where one is signed in. */
import { signOut, theChat, useAsked } from "../app/chat";
import { fullTimeOf, t } from "../app/i18n";
import { attempt } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { deviceOf } from "../ui/device";

interface Session {
  readonly id: string;
  readonly user_agent: string;
  readonly ip: string;
  readonly last_used_at: string;
  readonly current: boolean;
}

export function Sessions() {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.ask<Session[]>("GET", "/auth/sessions"), []);
  const end = (id: string): void => attempt(rest.ask("DELETE", `/auth/sessions/${id}`).then(again));
  const endAll = (): void =>
    confirm({
      title: t("signOutEverywhere"),
      text: t("signOutEverywhereAsk"),
      yes: t("signOutEverywhere"),
      run: () => rest.ask("POST", "/auth/logout-all").then(signOut),
    });
  return (
    <section>
      <h2>{t("sessions")}</h2>
      <ul class="cards">
        {value?.map((session) => (
          <li key={session.id}>
            <strong title={session.user_agent}>{deviceOf(session.user_agent)}</strong>
            <span class="hint">
              {session.ip} · {fullTimeOf(session.last_used_at)}
            </span>
            {session.current ? (
              <em class="tag">{t("thisDevice")}</em>
            ) : (
              <button type="button" onClick={() => end(session.id)}>
                {t("signOut")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" class="danger" onClick={endAll}>
        {t("signOutEverywhere")}
      </button>
    </section>
  );
}
