/** The left side: who one is, how the connection does, what to find, the conversations. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type ConnectionState } from "moleculer-chat-client";
import { connection, me, ready, signOut } from "../app/chat";
import { t } from "../app/i18n";
import { useUser, nameOf } from "../app/people";
import { go, href } from "../app/router";
import { isGuest, session } from "../app/session";
import { attempt } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { Icon, IconButton } from "../ui/Icon";
import { Menu, type MenuItem } from "../ui/Menu";
import { Bell } from "./Bell";
import { ConversationList } from "./ConversationList";
import { NewConversation } from "./NewConversation";
import { SearchResults } from "./SearchResults";
import { query, startConversation, starting } from "./state";

export function Sidebar() {
  return (
    <aside class="list" aria-label={t("conversations")}>
      <Account />
      <Status />
      <div class="search-box" role="search">
        <Icon name="search" />
        <input
          type="search"
          id="search"
          placeholder={t("search")}
          aria-label={t("search")}
          value={query.value}
          dir="auto"
          onInput={(event) => (query.value = event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && (query.value = "")}
        />
        {!isGuest() && <IconButton icon="plus" label={t("newConversation")} onClick={startConversation} />}
      </div>
      {query.value.trim() ? <SearchResults query={query.value.trim()} /> : ready.value && <ConversationList />}
      {starting.value && <NewConversation onClose={() => (starting.value = false)} />}
    </aside>
  );
}

function Account() {
  const user = useUser(me());
  const name = user ? nameOf(user) : (session.value?.user.username ?? "");
  const roles = session.value?.user.roles ?? [];
  const administers = roles.includes("admin") ? "people" : "reports";
  const isStaff = roles.includes("admin") || roles.includes("moderator");
  const items: MenuItem[] = [
    ...(isGuest() ? [] : [{ icon: "compass", label: t("browseGroups"), run: () => go(href.explore) } as const]),
    ...(isGuest() ? [] : [{ icon: "bookmark", label: t("later"), run: () => go(href.later()) } as const]),
    { icon: "gear", label: t("settings"), run: () => go(href.settings()) },
    ...(isStaff
      ? [{ icon: "shield", label: t("administration"), run: () => go(href.admin(administers)) } as const]
      : []),
    { icon: "logout", label: t("signOut"), run: () => attempt(signOut()) },
  ];
  return (
    <header class="account">
      <Avatar name={name} id={me()} url={user?.avatar_url} />
      <strong dir="auto">{name}</strong>
      <Bell />
      <Menu icon="more" label={t("account")} items={items} />
    </header>
  );
}

/** A gap that soon passes moves nothing; that a connection is lost is said at once. */
const SOON_MS = 600;
function useCalm(now: ConnectionState): ConnectionState {
  const [long, setLong] = useState(false);
  const wasThere = useRef(false);
  const away = now.state !== "online" || now.silent === true;
  wasThere.current ||= now.state === "online";
  useEffect(() => {
    setLong(false);
    if (!away) return;
    const timer = setTimeout(() => setLong(true), SOON_MS);
    return () => clearTimeout(timer);
  }, [away]);
  return long || (now.state === "offline" && wasThere.current) ? now : { state: "online" };
}

/** Honest about the connection. */
function Status() {
  const { state, silent } = useCalm(connection.value);
  const words = { offline: "offline", connecting: "connecting", catchingUp: "catchingUp", online: undefined } as const;
  const word = silent ? "silent" : words[state];
  return (
    <p class={`status ${silent ? "silent" : state}`} role="status">
      {word ? t(word) : ""}
    </p>
  );
}
