/** Finds people by name, and gathers them. */
import { useEffect, useState } from "preact/hooks";
import { type PublicUser } from "moleculer-chat-client";
import { me, theChat } from "../app/chat";
import { t } from "../app/i18n";
import { failed } from "../app/toasts";
import { Avatar } from "../ui/Avatar";
import { Field } from "../ui/Field";
import { Icon } from "../ui/Icon";

const SOON_MS = 200;

interface Props {
  readonly chosen: readonly PublicUser[];
  readonly onChange: (chosen: readonly PublicUser[]) => void;
  /** Not offered. */
  readonly without?: readonly number[];
}
export function PeoplePicker({ chosen, onChange, without = [] }: Props) {
  const [q, setQ] = useState("");
  const [found, setFound] = useState<readonly PublicUser[]>();
  useEffect(() => {
    if (!q.trim()) return setFound(undefined);
    let live = true;
    const timer = setTimeout(
      () =>
        void theChat()
          .users.search(q)
          .then((users) => live && setFound(users), failed),
      SOON_MS,
    );
    return () => ((live = false), clearTimeout(timer));
  }, [q]);
  const hidden = new Set([me(), ...without]);
  const isChosen = (user: PublicUser): boolean => chosen.some((c) => c.user_id === user.user_id);
  const toggle = (user: PublicUser): void =>
    onChange(isChosen(user) ? chosen.filter((c) => c.user_id !== user.user_id) : [...chosen, user]);
  const shown = found?.filter((user) => !hidden.has(user.user_id));
  return (
    <div class="people">
      <Field label={t("findPerson")} type="search" value={q} onValue={setQ} autocomplete="off" />
      {chosen.length > 0 && (
        <ul class="chips" aria-label={t("chosen")}>
          {chosen.map((user) => (
            <li key={user.user_id}>
              <button type="button" onClick={() => toggle(user)} aria-label={t("removeNamed", { name: user.username })}>
                <span dir="auto">{user.username}</span>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <ul class="found">
        {shown?.map((user) => (
          <li key={user.user_id}>
            <button type="button" class="person" aria-pressed={isChosen(user)} onClick={() => toggle(user)}>
              <Avatar name={user.username} id={user.user_id} url={user.avatar_url} size="small" />
              <span dir="auto">{user.username}</span>
              {isChosen(user) && <Icon name="check" />}
            </button>
          </li>
        ))}
        {shown?.length === 0 && <li class="hint">{t("nobodyFound")}</li>}
      </ul>
    </div>
  );
}
