/** One's account and how one likes it. */
import { t } from "../app/i18n";
import { href } from "../app/router";
import { Pages } from "../ui/Pages";
import { Appearance } from "./Appearance";
import { NotificationSettings } from "./NotificationSettings";
import { Privacy } from "./Privacy";
import { Profile } from "./Profile";
import { Security } from "./Security";
import { Sessions } from "./Sessions";
import { BotsAndTokens } from "./BotsAndTokens";

export function Settings({ page }: { page: string }) {
  const pages = {
    profile: [t("profile"), Profile],
    security: [t("security"), Security],
    sessions: [t("sessions"), Sessions],
    notifications: [t("notifications"), NotificationSettings],
    appearance: [t("appearance"), Appearance],
    privacy: [t("privacy"), Privacy],
    tokens: [t("botsAndTokens"), BotsAndTokens],
  } as const;
  return <Pages title={t("settings")} pages={pages} page={page} hrefOf={href.settings} />;
}
