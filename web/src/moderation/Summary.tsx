/** A report in short: why, of what, how far it is, about whom, by whom. */
import { type Report } from "moleculer-chat-client";
import { shortTimeOf, t, type Word } from "../app/i18n";
import { useName } from "../app/people";
import { reasons } from "./Report";

export const states: Readonly<Record<Report["state"], Word>> = {
  open: "stateOpen",
  assigned: "stateAssigned",
  resolved: "stateResolved",
  dismissed: "stateDismissed",
};
const kinds: Readonly<Record<Report["kind"], Word>> = {
  message: "kindMessage",
  user: "kindUser",
  conversation: "kindConversation",
  upload: "kindUpload",
};

export function Summary({ report }: { report: Report }) {
  const { kind, reason, state, created_at, text } = report;
  const reporter = useName(report.reporter_id);
  return (
    <div>
      <strong>{t(reasons[reason])}</strong> <em class="tag">{t(kinds[kind])}</em>{" "}
      <em class={`tag ${state === "open" ? "alert" : ""}`}>{t(states[state])}</em>
      {report.user_id !== null && <About id={report.user_id} />}
      <p class="hint">
        {t("reportedBy", { name: reporter })} · <time dateTime={created_at}>{shortTimeOf(created_at)}</time>
      </p>
      {text && <p dir="auto">{text}</p>}
    </div>
  );
}

const About = ({ id }: { id: number }) => <p dir="auto">{t("reportAbout", { name: useName(id) })}</p>;
