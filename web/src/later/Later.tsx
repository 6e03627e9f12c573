/** What one has put aside: saved messages, reminders, messages that are sent at their time. */
import { t } from "../app/i18n";
import { href } from "../app/router";
import { Pages } from "../ui/Pages";
import { Reminders } from "./Reminders";
import { Saved } from "./Saved";
import { Scheduled } from "./Scheduled";

export function Later({ page }: { page: string }) {
  const pages = {
    saved: [t("savedMessages"), Saved],
    reminders: [t("reminders"), Reminders],
    scheduled: [t("scheduled"), Scheduled],
  } as const;
  return <Pages title={t("later")} pages={pages} page={page} hrefOf={href.later} />;
}
