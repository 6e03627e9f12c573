/** Where one is signed in. */
import { signOut, theChat, useAsked } from "../app/chat";
import { fullTimeOf, t } from "../app/i18n";
import { attempt } from "../app/toasts";
import { confirm } from "../ui/Dialog";

interface Session {
  readonly id: string;
  readonly user_agent: string;
  readonly ip: string;
  readonly last_used_at: string;
  readonly current: boolean;
}

const browsers = {
  Edg: "Edge",
  OPR: "Opera",
  Firefox: "Firefox",
  HeadlessChrome: "Chrome",
  Chrome: "Chrome",
  Safari: "Safari",
};
const systems = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  Macintosh: "macOS",
  CrOS: "ChromeOS",
  Linux: "Linux",
};
const named = (names: Readonly<Record<string, string>>, agent: string): string | undefined =>
  Object.entries(names).find(([mark]) => agent.includes(mark))?.[1];
/** What a browser calls itself, in words; of anything else the name before its version. */
function deviceOf(agent: string): string {
  const [browser, system] = [named(browsers, agent), named(systems, agent)];
  if (browser && system) return t("browserOn", { browser, system });
  return browser ?? system ?? (agent.split("/", 1)[0] || t("unknownDevice"));
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
