/** For admins: people, conversations and messages, the system's state, what must be kept or go, announcements; for moderators a part of it. */
import { t } from "../app/i18n";
import { href } from "../app/router";
import { session } from "../app/session";
import { Reports } from "../moderation/Reports";
import { Pages } from "../ui/Pages";
import { Announce } from "./Announce";
import { Audit } from "./Audit";
import { Conversations } from "./Conversations";
import { DeadLetters } from "./DeadLetters";
import { Erasures } from "./Erasures";
import { Holds } from "./Holds";
import { Invitations } from "./Invitations";
import { Messages } from "./Messages";
import { People } from "./People";
import { System } from "./System";
import { Variables } from "./Variables";
import { Webhooks } from "./Webhooks";

export function Admin({ page }: { page: string }) {
  const roles = session.value?.user.roles ?? [];
  const staffPages = {
    reports: [t("reports"), Reports],
    conversations: [t("conversations"), Conversations],
  } as const;
  if (roles.includes("moderator") && !roles.includes("admin"))
    return <Pages title={t("administration")} pages={staffPages} page={page} hrefOf={href.admin} />;
  const pages = {
    people: [t("people"), People],
    ...staffPages,
    messages: [t("messages"), Messages],
    invitations: [t("invitations"), Invitations],
    system: [t("system"), System],
    settings: [t("variables"), Variables],
    webhooks: [t("webhooks"), Webhooks],
    audit: [t("audit"), Audit],
    letters: [t("deadLetters"), DeadLetters],
    holds: [t("holds"), Holds],
    erasures: [t("erasures"), Erasures],
    announce: [t("announce"), Announce],
  } as const;
  if (!roles.includes("admin"))
    return (
      <main class="pages">
        <p class="notice">{t("adminsOnly")}</p>
      </main>
    );
  return <Pages title={t("administration")} pages={pages} page={page} hrefOf={href.admin} />;
}
