/** A group that one may come into: what it is, and the way in. */
import { useState } from "preact/hooks";
import { type OpenGroup } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { go, href } from "../app/router";
import { attempt, say } from "../app/toasts";
import { Avatar } from "../ui/Avatar";

type Where = { readonly conversationId: string } | { readonly link: string };

interface Props {
  readonly group: OpenGroup;
  readonly where: Where;
  readonly onEntered?: () => void;
}
export function OpenGroupCard({ group, where, onEntered }: Props) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const membership = asked ? "requested" : group.membership;
  const name = group.name ?? t("group");
  const open = (): void => {
    onEntered?.();
    go(href.conversation(group._id));
  };
  const enter = async (): Promise<void> => {
    const conversation = await theChat().enter(where);
    if (!conversation) return setAsked(true);
    say(t("joined"));
    open();
  };
  const join = (): void => {
    setBusy(true);
    attempt(enter().finally(() => setBusy(false)));
  };
  const approval = group.approval && !("link" in where);
  return (
    <div class="open-group">
      <Avatar name={name} id={group._id} url={group.avatar} />
      <div class="words">
        <strong dir="auto">{name}</strong>
        <span class="hint">
          {t("members", { count: group.member_count })}
          {group.posting === "staff" && <em class="tag">{t("announcementsTag")}</em>}
          {approval && <em class="tag">{t("approvalTag")}</em>}
        </span>
        {membership === "requested" && <span class="hint">{t("askedToJoin")}</span>}
      </div>
      {membership === "member" && (
        <button type="button" onClick={open}>
          {t("open")}
        </button>
      )}
      {membership === "none" && (
        <button type="button" class="primary" disabled={busy} onClick={join}>
          {t(approval ? "askToJoin" : "joinGroup")}
        </button>
      )}
      {membership === "requested" && <em class="tag">{t("pendingTag")}</em>}
    </div>
  );
}
