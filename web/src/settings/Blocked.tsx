/** Whom one has blocked. */
import { theChat } from "../app/chat";
import { blocked } from "../app/blocks";
import { t } from "../app/i18n";
import { useName } from "../app/people";
import { attempt } from "../app/toasts";

export const Blocked = () => (
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
