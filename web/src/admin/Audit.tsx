/** The audit log: who did what to whom, from where. */
import { useEffect, useState } from "preact/hooks";
import { theChat } from "../app/chat";
import { momentOf, t } from "../app/i18n";
import { attempt, failed } from "../app/toasts";
import { Field } from "../ui/Field";
import { Person } from "./Person";

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly event: string;
  readonly actor_id: number | null;
  readonly session_id: string | null;
  readonly ip: string | null;
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}
const PAGE = 50;

export function Audit() {
  const [all, setAll] = useState<readonly Entry[]>([]);
  const [more, setMore] = useState(true);
  const [event, setEvent] = useState("");
  const [target, setTarget] = useState("");
  const load = async (before?: number): Promise<void> => {
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(before === undefined ? {} : { before: String(before) }),
      ...(event.trim() && { event: event.trim() }),
      ...(target.trim() && { target: target.trim() }),
    });
    const page = await theChat().rest.ask<Entry[]>("GET", `/admin/audit?${query.toString()}`);
    setAll((known) => (before === undefined ? page : [...known, ...page]));
    setMore(page.length === PAGE);
  };
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(failed), 250); // while one types
    return () => clearTimeout(timer);
  }, [event, target]);
  return (
    <section>
      <h2>{t("audit")}</h2>
      <Field label={t("auditEvent")} value={event} onValue={setEvent} />
      <Field label={t("auditTarget")} value={target} onValue={setTarget} hint={t("auditTargetHint")} />
      <div class="table stacks">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("auditWhen")}</th>
              <th scope="col">{t("auditEvent")}</th>
              <th scope="col">{t("auditActor")}</th>
              <th scope="col">{t("auditTarget")}</th>
              <th scope="col">{t("auditFrom")}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((entry) => (
              <tr key={entry.seq}>
                <td>{momentOf(entry.at)}</td>
                <td title={JSON.stringify(entry.details)}>{entry.event}</td>
                <td>{entry.actor_id ? <Person id={entry.actor_id} /> : (entry.session_id ?? t("operator"))}</td>
                <td>{entry.target}</td>
                <td>{entry.ip}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more && all.length > 0 && (
        <button type="button" onClick={() => attempt(load(all.at(-1)?.seq))}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}
