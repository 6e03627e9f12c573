/** For admins: people, the system's state, letters that could not be delivered, announcements. */
import { type ComponentType } from "preact";
import { t } from "../app/i18n";
import { href } from "../app/router";
import { session } from "../app/session";
import { Announce } from "./Announce";
import { DeadLetters } from "./DeadLetters";
import { Explain } from "./Explain";
import { People } from "./People";
import { System } from "./System";

export function Admin({ page }: { page: string }) {
  const pages: Readonly<Record<string, readonly [string, ComponentType]>> = {
    people: [t("people"), People],
    system: [t("system"), System],
    letters: [t("deadLetters"), DeadLetters],
    explain: [t("explain"), Explain],
    announce: [t("announce"), Announce],
  };
  const [, Shown] = pages[page] ?? (pages.people as readonly [string, ComponentType]);
  if (!session.value?.user.roles.includes("admin"))
    return (
      <main class="pages">
        <p class="notice">{t("adminsOnly")}</p>
      </main>
    );
  return (
    <main class="pages">
      <header class="chat-head">
        <a class="icon back" href={href.home} aria-label={t("backToList")}>
          <span aria-hidden="true">‹</span>
        </a>
        <h1>{t("administration")}</h1>
      </header>
      <nav class="tabs" aria-label={t("administration")}>
        {Object.entries(pages).map(([key, [name]]) => (
          <a key={key} href={href.admin(key)} aria-current={key === page ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="scroll page">
        <Shown />
      </div>
    </main>
  );
}
