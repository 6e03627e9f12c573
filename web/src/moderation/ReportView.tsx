/** One report: what was to be seen when it was made, whose it is, and what is done about it. */
import { type Report, type ReportWithEvidence } from "moleculer-chat-client";
import { me, theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { fullTimeOf, t } from "../app/i18n";
import { useName } from "../app/people";
import { attempt, say } from "../app/toasts";
import { Markdown } from "../ui/Markdown";
import { Decision } from "./Decision";
import { Summary } from "./Summary";
import { Problem } from "../ui/Problem";

export function ReportView({ id, onBack }: { id: string; onBack: () => void }) {
  const { value, error, again } = useAsked(() => theChat().rest.call("GET /admin/reports/:id", { id }), [id]);
  return (
    <section>
      <button type="button" class="link" onClick={onBack}>
        {t("backToReports")}
      </button>
      <h2>{t("report")}</h2>
      {error !== undefined && !value && <Problem>{wordsFor(error)}</Problem>}
      {value && <Whole report={value} onChanged={again} onDone={onBack} />}
    </section>
  );
}

interface Props {
  readonly report: ReportWithEvidence;
  readonly onChanged: () => void;
  readonly onDone: () => void;
}
function Whole({ report, onChanged, onDone }: Props) {
  const { report_id: id, version, state } = report;
  const handled = state === "resolved" || state === "dismissed";
  const assign = (assignee: number | null): void =>
    attempt(theChat().rest.call("POST /admin/reports/:id/assignment", { id, version, assignee }).finally(onChanged));
  return (
    <>
      <Summary report={report} />
      <Evidence report={report} />
      {handled ? (
        <Outcome report={report} />
      ) : (
        <>
          <div class="buttons">
            {report.assignee_id === me() ? (
              <button type="button" onClick={() => assign(null)}>
                {t("giveBack")}
              </button>
            ) : (
              <button type="button" onClick={() => assign(me())}>
                {t("takeIt")}
              </button>
            )}
          </div>
          <Decision
            key={version}
            report={report}
            onDone={() => (say(t("reportHandled")), onDone())}
            onConflict={onChanged}
          />
        </>
      )}
    </>
  );
}

function Evidence({ report: { evidence, target } }: { report: ReportWithEvidence }) {
  if (!evidence) return <p class="hint">{t("noEvidence")}</p>;
  return (
    <div class="evidence">
      {evidence.subject && <strong dir="auto">{evidence.subject}</strong>}
      {evidence.messages.map((message) => (
        <Seen key={message.message_id} message={message} reported={message.message_id === target} />
      ))}
    </div>
  );
}

type SeenMessage = NonNullable<ReportWithEvidence["evidence"]>["messages"][number];
function Seen({ message, reported }: { message: SeenMessage; reported: boolean }) {
  const name = useName(message.sender_id);
  return (
    <article class={reported ? "reported" : ""}>
      <strong dir="auto">{name}</strong> <time dateTime={message.created_at}>{fullTimeOf(message.created_at)}</time>
      <Markdown text={message.content || t("attachment")} />
    </article>
  );
}

function Outcome({ report }: { report: Report }) {
  const by = useName(report.handled_by ?? 0);
  return (
    <p>
      {report.deed ? t(deeds[report.deed]) : t("stateDismissed")} · {report.handled_by ? by : t("operator")}
      {report.handled_at && ` · ${fullTimeOf(report.handled_at)}`}
      {report.note && <span dir="auto"> · {report.note}</span>}
    </p>
  );
}
const deeds = {
  none: "deedNone",
  remove: "deedRemove",
  warn: "deedWarn",
  mute: "deedMute",
  ban: "deedBan",
  lock: "deedLock",
} as const;
