/** Links into a group: made, copied, taken back by its staff. */
import { useState } from "preact/hooks";
import { type JoinLink } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { dateOf, numberOf, t } from "../app/i18n";
import { href } from "../app/router";
import { at } from "../app/site";
import { attempt } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Select } from "../ui/Field";
import { IconButton } from "../ui/Icon";
import { copyText } from "../ui/ShownOnce";
import { spanOf } from "./spans";

const lives = [0, 3_600, 86_400, 604_800, 2_592_000];
const uses = [0, 1, 10, 100];

export const urlOf = ({ link }: JoinLink): string => at(`/${href.join(link)}`);
const copy = (link: JoinLink): void => copyText(urlOf(link));

export function Links({ conversationId }: { conversationId: string }) {
  const { ask } = theChat();
  const { value, again } = useAsked(() => ask("conversation:links", { conversationId }), [conversationId]);
  const [life, setLife] = useState(604_800);
  const [most, setMost] = useState(0);
  const make = async (): Promise<void> => {
    const limits = { ...(life ? { expires_in: life } : {}), ...(most ? { uses: most } : {}) };
    const made = await ask("conversation:create-link", { conversationId, ...limits });
    again();
    copy(made);
  };
  const revoke = (link: JoinLink): void =>
    confirm({
      title: t("revokeLink"),
      text: t("revokeAsk", { name: link.link.slice(0, 8) }),
      yes: t("revoke"),
      run: () => ask("conversation:revoke-link", { conversationId, linkId: link._id }).then(again),
    });
  return (
    <section class="links">
      <h3>{t("inviteByLink")}</h3>
      <ul class="cards">
        {value?.map((link) => (
          <li key={link._id}>
            <code dir="ltr">{urlOf(link)}</code>
            <span class="hint">
              {link.uses === null
                ? t("linkUsed", { used: numberOf(link.used) })
                : t("linkUsedOf", { used: numberOf(link.used), uses: numberOf(link.uses) })}
              {link.expires_at && ` · ${t("expires", { date: dateOf(link.expires_at) })}`}
            </span>
            <span class="buttons">
              <IconButton icon="copy" label={t("copyLink")} onClick={() => copy(link)} />
              <IconButton icon="trash" label={t("revokeLink")} onClick={() => revoke(link)} />
            </span>
          </li>
        ))}
      </ul>
      {value?.length === 0 && <p class="hint">{t("noLinks")}</p>}
      <Select
        label={t("linkFor")}
        value={life}
        onValue={setLife}
        options={lives.map((s) => [s, s ? spanOf(s) : t("linkForever")] as const)}
      />
      <Select
        label={t("usesFor")}
        value={most}
        onValue={setMost}
        options={uses.map((n) => [n, n ? numberOf(n) : t("usesAny")] as const)}
      />
      <button type="button" onClick={() => attempt(make())}>
        {t("createLink")}
      </button>
    </section>
  );
}
