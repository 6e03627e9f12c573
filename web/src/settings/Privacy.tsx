/** Who may reach one: whose groups one is in at once, whom one has blocked. */
import { type User } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { blocked } from "../app/blocks";
import { t } from "../app/i18n";
import { useName } from "../app/people";
import { learnMe, session } from "../app/session";
import { attempt } from "../app/toasts";
import { Select } from "../ui/Field";

export const Privacy = () => (
  <>
    <GroupInvites />
    <Blocked />
  </>
);

function GroupInvites() {
  const user = session.value?.user;
  if (!user) return null;
  const set = async (group_invites: User["group_invites"]): Promise<void> =>
    learnMe(await theChat().account.update({ group_invites }));
  return (
    <section>
      <h2>{t("privacy")}</h2>
      <Select
        label={t("groupInvites")}
        value={user.group_invites}
        onValue={(value) => attempt(set(value))}
        options={[
          ["everyone", t("groupInvitesEveryone")],
          ["acquaintances", t("groupInvitesKnown")],
        ]}
      />
      <p class="hint">{t("groupInvitesHint")}</p>
    </section>
  );
}

const Blocked = () => (
  <section>
    <h2>{t("blockedPeople")}</h2>
    {blocked.value.size === 0 && <p class="hint">{t("nobodyBlocked")}</p>}
    <ul class="cards">
      {[...blocked.value].map((id) => (
        <One key={id} id={id} />
      ))}
    </ul>
  </section>
);

function One({ id }: { id: number }) {
  const name = useName(id);
  const unblock = async (): Promise<void> => {
    await theChat().ask("user:unblock", { userId: id });
    blocked.value = new Set([...blocked.peek()].filter((other) => other !== id));
  };
  return (
    <li>
      <strong dir="auto">{name}</strong>
      <button type="button" onClick={() => attempt(unblock())}>
        {t("unblock")}
      </button>
    </li>
  );
}
