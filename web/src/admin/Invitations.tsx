/** Invitations: as a link for whoever has it, or mailed to one address. */
import { useState } from "preact/hooks";
import { theChat, useAsked } from "../app/chat";
import { dateOf, t } from "../app/i18n";
import { say } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Field, Form } from "../ui/Field";
import { ShownOnce } from "../ui/ShownOnce";

interface Invitation {
  readonly id: string;
  readonly email: string | null;
  readonly role: string;
  readonly uses: number;
  readonly used: number;
  readonly expires_at: string;
}

export function Invitations() {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.ask<Invitation[]>("GET", "/admin/invitations"), []);
  const [email, setEmail] = useState("");
  const [uses, setUses] = useState("1");
  const [link, setLink] = useState<string>();
  const make = async (): Promise<void> => {
    const body = email ? { email } : { uses: Number(uses) };
    const made = await rest.ask<{ link?: string }>("POST", "/admin/invitations", body);
    setLink(made.link);
    if (email) say(t("inviteMailed", { email }));
    setEmail("");
    again();
  };
  const revoke = ({ id, email: to }: Invitation): void =>
    confirm({
      title: t("revoke"),
      text: t("revokeAsk", { name: to ?? t("inviteLink") }),
      yes: t("revoke"),
      run: () => rest.ask("DELETE", `/admin/invitations/${id}`).then(again),
    });
  return (
    <section>
      <h2>{t("invitations")}</h2>
      <ul class="cards">
        {value?.map((invitation) => (
          <li key={invitation.id}>
            <strong dir="auto">{invitation.email ?? t("inviteLink")}</strong>
            <span class="hint">
              {`${invitation.used}/${invitation.uses} · ${invitation.role} · ${dateOf(invitation.expires_at)}`}
            </span>
            <button type="button" onClick={() => revoke(invitation)}>
              {t("revoke")}
            </button>
          </li>
        ))}
      </ul>
      {link && <ShownOnce hint={t("inviteShownOnce")} text={link} />}
      <Form submit={t("invite")} onSubmit={make}>
        <Field label={t("email")} type="email" value={email} onValue={setEmail} hint={t("inviteHint")} />
        {!email && <Field label={t("inviteUses")} inputMode="numeric" value={uses} onValue={setUses} />}
      </Form>
    </section>
  );
}
