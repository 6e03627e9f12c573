/** The staff's queue: what was reported, by state; one leads to what was to be seen and what may be done. */
import { useEffect, useState } from "preact/hooks";
import { type Report } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t, type Word } from "../app/i18n";
import { attempt, failed } from "../app/toasts";
import { Select } from "../ui/Field";
import { ReportView } from "./ReportView";
import { states, Summary } from "./Summary";

const PAGE = 50;
export function Reports() {
  const [state, setState] = useState<Report["state"] | "">("open");
  const [all, setAll] = useState<readonly Report[]>();
  const [more, setMore] = useState(false);
  const [open, setOpen] = useState<string>();
  const load = async (before?: string): Promise<void> => {
    const query = { limit: PAGE, ...(state ? { state } : {}), ...(before ? { before } : {}) };
    const page = await theChat().rest.call("GET /admin/reports", query);
    setAll((known) => [...(before ? (known ?? []) : []), ...page]);
    setMore(page.length === PAGE);
  };
  useEffect(() => void load().catch(failed), [state, open]);
  if (open !== undefined) return <ReportView id={open} onBack={() => setOpen(undefined)} />;
  const names = Object.entries(states) as [Report["state"], Word][];
  return (
    <section>
      <h2>{t("reports")}</h2>
      <Select
        label={t("status")}
        value={state}
        onValue={setState}
        options={[["", t("all")], ...names.map(([key, word]) => [key, t(word)] as const)]}
      />
      {all?.length === 0 && <p class="hint">{t("noReports")}</p>}
      <ul class="cards">
        {all?.map((report) => (
          <li key={report.report_id}>
            <Summary report={report} />
            <button type="button" onClick={() => setOpen(report.report_id)}>
              {t("open")}
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" onClick={() => attempt(load(all?.at(-1)?.report_id))}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}
