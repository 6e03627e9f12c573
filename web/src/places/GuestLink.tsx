/** Lets somebody without an account into this one group for a while, by a link; for admins of the platform. */
import { useState } from "preact/hooks";
import { type Conversation } from "moleculer-chat-client";
import { t } from "../app/i18n";
import { at } from "../app/site";
import { Field, Form, Select } from "../ui/Field";
import { ShownOnce } from "../ui/ShownOnce";
import { spanOf } from "./spans";

const HOUR = 3_600;
const spans = [HOUR, 24 * HOUR, 168 * HOUR, 720 * HOUR];

export function GuestLink({ conversation }: { conversation: Conversation }) {
  const [name, setName] = useState("");
  const [span, setSpan] = useState(24 * HOUR);
  const [link, setLink] = useState<string>();
  const make = async (): Promise<void> => {
    const { refreshToken } = await conversation.addGuest(name.trim(), span / HOUR);
    setLink(at(`/#guest=${encodeURIComponent(refreshToken)}`));
    setName("");
  };
  return (
    <section class="links">
      <h3>{t("guests")}</h3>
      <p class="hint">{t("guestsHint")}</p>
      <Form submit={t("makeGuestLink")} disabled={name.trim().length < 2} onSubmit={make}>
        <Field label={t("guestName")} value={name} onValue={setName} maxLength={40} autocomplete="off" />
        <Select
          label={t("linkFor")}
          value={span}
          onValue={setSpan}
          options={spans.map((s) => [s, spanOf(s)] as const)}
        />
      </Form>
      {link && <ShownOnce hint={t("guestLinkOnce")} text={link} />}
    </section>
  );
}
