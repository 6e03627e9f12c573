/** One's account and how one likes it. */
import { type ComponentType } from "preact";
import { t } from "../app/i18n";
import { href } from "../app/router";
import { Appearance } from "./Appearance";
import { Blocked } from "./Blocked";
import { NotificationSettings } from "./NotificationSettings";
import { Profile } from "./Profile";
import { Security } from "./Security";
import { Sessions } from "./Sessions";
import { ApiTokens } from "./ApiTokens";

export function Settings({ page }: { page: string }) {
  const pages: Readonly<Record<string, readonly [string, ComponentType]>> = {
    profile: [t("profile"), Profile],
    security: [t("security"), Security],
    sessions: [t("sessions"), Sessions],
    notifications: [t("notifications"), NotificationSettings],
    appearance: [t("appearance"), Appearance],
    blocked: [t("blockedPeople"), Blocked],
    tokens: [t("apiTokens"), ApiTokens],
  };
  const [, Shown] = pages[page] ?? (pages.profile as readonly [string, ComponentType]);
  return (
    <main class="pages">
      <header class="chat-head">
        <a class="icon back" href={href.home} aria-label={t("backToList")}>
          <span aria-hidden="true">‹</span>
        </a>
        <h1>{t("settings")}</h1>
      </header>
      <nav class="tabs" aria-label={t("settings")}>
        {Object.entries(pages).map(([key, [name]]) => (
          <a key={key} href={href.settings(key)} aria-current={key === page ? "page" : undefined}>
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
