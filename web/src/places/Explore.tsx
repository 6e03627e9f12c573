/** Groups that are open to everybody: found by name, joined, or asked to let one in. */
import { useEffect, useState } from "preact/hooks";
import { type OpenGroup } from "moleculer-chat-client";
import { theChat, useChatEvent } from "../app/chat";
import { t } from "../app/i18n";
import { href } from "../app/router";
import { failed } from "../app/toasts";
import { startConversation } from "../list/state";
import { Icon } from "../ui/Icon";
import { OpenGroupCard } from "./OpenGroupCard";

const PAGE = 24;
const SOON_MS = 200;

export function Explore() {
  const [query, setQuery] = useState("");
  const [groups, setGroups] = useState<readonly OpenGroup[]>();
  const [more, setMore] = useState(false);
  const [round, setRound] = useState(0);
  const load = async (after?: string): Promise<void> => {
    const page = await theChat().discover(query.trim(), { limit: PAGE, ...(after ? { after } : {}) });
    setGroups((before) => [...(after ? (before ?? []) : []), ...page]);
    setMore(page.length === PAGE);
  };
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(failed), groups ? SOON_MS : 0);
    return () => clearTimeout(timer);
  }, [query, round]);
  useChatEvent("conversation:join-answered", () => setRound((n) => n + 1));
  return (
    <main class="pages">
      <header class="chat-head">
        <a class="icon back" href={href.home} aria-label={t("backToList")}>
          <Icon name="back" />
        </a>
        <h1>{t("browseGroups")}</h1>
      </header>
      <div class="scroll page explore">
        <p class="hint">{t("browseHint")}</p>
        <input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          dir="auto"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <ul class="open-groups">
          {groups?.map((group) => (
            <li key={group._id}>
              <OpenGroupCard group={group} where={{ conversationId: group._id }} />
            </li>
          ))}
        </ul>
        {groups?.length === 0 && (
          <div class="empty">
            <p>{t(query.trim() ? "noGroupsFound" : "noGroupsYet")}</p>
            <button type="button" class="primary" onClick={startConversation}>
              {t("newConversation")}
            </button>
          </div>
        )}
        {more && (
          <button type="button" onClick={() => void load(groups?.at(-1)?._id).catch(failed)}>
            {t("showMore")}
          </button>
        )}
      </div>
    </main>
  );
}
