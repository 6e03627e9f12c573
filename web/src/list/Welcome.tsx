/** Beside the list while no conversation is open: what one may do first. */
import { session } from "../app/session";
import { t } from "../app/i18n";
import { href } from "../app/router";
import { Icon } from "../ui/Icon";
import { startConversation } from "./state";

export const Welcome = () => (
  <main class="chat none">
    <div class="welcome">
      <img src="./icon.svg" alt="" width={72} height={72} />
      <h1 dir="auto">{t("welcomeTitle", { name: session.value?.user.username ?? "" })}</h1>
      <p>{t("welcomeHint")}</p>
      <div class="buttons">
        <button type="button" class="primary" onClick={startConversation}>
          <Icon name="plus" /> {t("findPeople")}
        </button>
        <a class="button" href={href.explore}>
          <Icon name="compass" /> {t("browseGroups")}
        </a>
      </div>
    </div>
  </main>
);
