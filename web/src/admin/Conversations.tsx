/** One conversation as the staff may know it: how it is set up, not what is said in it; closed, opened, kept for longer. */
import { type ConversationInfo } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { dateOf, numberOf, t } from "../app/i18n";
import { useName } from "../app/people";
import { adminOf } from "../app/router";
import { hasRole } from "../app/session";
import { attempt, say } from "../app/toasts";
import { KeptFor } from "../places/KeptFor";
import { Switch } from "../ui/Field";
import { Problem } from "../ui/Problem";
import { ById } from "./ById";
import { Described } from "../ui/Described";
import { HoldsOn } from "./Holds";

export function Conversations() {
  const id = adminOf();
  return (
    <section>
      <h2>{t("conversations")}</h2>
      <ById key={id} page="conversations" label={t("conversationId")} hint={t("conversationIdHint")} />
      {id && <One key={id} conversationId={id} />}
    </section>
  );
}

function One({ conversationId }: { conversationId: string }) {
  const { rest } = theChat();
  const route = "GET /admin/conversations/:conversationId";
  const { value: c, error, again } = useAsked(() => rest.call(route, { conversationId }), [conversationId]);
  if (!c) return error === undefined ? null : <Problem>{wordsFor(error)}</Problem>;
  const lock = (locked: boolean): void =>
    attempt(rest.call("PUT /admin/conversations/:conversationId/lock", { conversationId, locked }).finally(again));
  const isAdmin = hasRole("admin");
  return (
    <>
      <h3 dir="auto">{c.name ?? t(c.type === "group" ? "group" : "privateConversation")}</h3>
      <About c={c} isAdmin={isAdmin} />
      <Switch label={t("locked")} hint={t("lockedHint")} checked={c.locked} onChange={lock} />
      {isAdmin && <Retention c={c} onSet={again} />}
      {isAdmin && <HoldsOn on={{ conversationId }} />}
    </>
  );
}

function About({ c, isAdmin }: { c: ConversationInfo; isAdmin: boolean }) {
  const leader = useName(c.admin_id ?? c.initiator_id);
  const where = useAsked(
    () =>
      isAdmin ? theChat().rest.call("GET /admin/overview", { conversationId: c._id }) : Promise.resolve(undefined),
    [c._id],
  );
  return (
    <Described
      lines={[
        [t(c.type === "group" ? "roleAdmin" : "begunBy"), leader],
        [t("people"), t("members", { count: c.member_count })],
        [t("messages"), numberOf(c.last_seq)],
        [t("since"), dateOf(c.created_at)],
        [t("node"), where.value && (where.value.livesOn ?? t("onNoNode"))],
      ]}
    />
  );
}

function Retention({ c, onSet }: { c: ConversationInfo; onSet: () => void }) {
  const set = (retention: number | null): void => {
    const params = { conversationId: c._id, retention };
    const work = theChat().rest.call("PUT /admin/conversations/:conversationId/retention", params);
    attempt(work.then(() => say(t("keptSaid"))).finally(onSet));
  };
  return (
    <>
      <h3>{t("kept")}</h3>
      <p class="hint">{t("keptHint")}</p>
      <KeptFor now={c.retention} general={t("keptGeneral")} forever onSet={set} />
    </>
  );
}
