/** Tells the staff of a message, a person or a group. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type Report } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t, type Word } from "../app/i18n";
import { say } from "../app/toasts";
import { Dialog } from "../ui/Dialog";
import { Form, Select, TextArea } from "../ui/Field";

interface Reported {
  readonly kind: "message" | "user" | "conversation";
  readonly id: string;
  readonly name: string;
}
const reported = signal<Reported | undefined>(undefined);
export const askReport = (what: Reported): void => void (reported.value = what);

export const reasons: Readonly<Record<Report["reason"], Word>> = {
  spam: "reasonSpam",
  harassment: "reasonHarassment",
  hate: "reasonHate",
  violence: "reasonViolence",
  sexual: "reasonSexual",
  self_harm: "reasonSelfHarm",
  illegal: "reasonIllegal",
  impersonation: "reasonImpersonation",
  other: "reasonOther",
};

export function ReportDialog() {
  const what = reported.value;
  return what ? <Open key={what.id} what={what} /> : null;
}

function Open({ what: { kind, id, name } }: { what: Reported }) {
  const [reason, setReason] = useState<Report["reason"]>("spam");
  const [text, setText] = useState("");
  const close = (): void => void (reported.value = undefined);
  const send = async (): Promise<void> => {
    await theChat().account.report({ kind, id, reason, ...(text.trim() ? { text: text.trim() } : {}) });
    close();
    say(t("reported"));
  };
  const names = Object.entries(reasons) as [Report["reason"], Word][];
  return (
    <Dialog title={t("reportNamed", { name })} onClose={close}>
      <p class="hint">{t("reportHint")}</p>
      <Form submit={t("report")} onSubmit={send}>
        <Select
          label={t("reason")}
          value={reason}
          onValue={setReason}
          options={names.map(([key, word]) => [key, t(word)] as const)}
        />
        <TextArea label={t("reportText")} value={text} onValue={setText} maxLength={1000} />
      </Form>
    </Dialog>
  );
}
