/** Where a link into a group leads: what group it is, before one comes in. */
import { theChat, useAsked } from "../app/chat";
import { t } from "../app/i18n";
import { go, href } from "../app/router";
import { Dialog } from "../ui/Dialog";
import { OpenGroupCard } from "./OpenGroupCard";
import { Problem } from "../ui/Problem";

export function JoinByLink({ link }: { link: string }) {
  const { value, error } = useAsked(() => theChat().ask("conversation:open-link", { link }), [link]);
  const close = (): void => go(href.home, { replace: true });
  return (
    <Dialog title={t("joinGroup")} onClose={close}>
      {error !== undefined && <Problem>{t("linkGone")}</Problem>}
      {value && <OpenGroupCard group={value} where={{ link }} />}
    </Dialog>
  );
}
