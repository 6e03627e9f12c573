/** What the staff does about a report: one deed, where it needs one until when, and what is said to whom. */
import { useState } from "preact/hooks";
import { isChatError, type Report } from "moleculer-chat-client";
import { theChat } from "../app/chat";
import { t, type Word } from "../app/i18n";
import { session } from "../app/session";
import { spanOf } from "../places/spans";
import { Form, Select, TextArea } from "../ui/Field";

type Deed = NonNullable<Report["deed"]>;
const DAY = 86_400;
const spans = [3_600, DAY, 7 * DAY, 30 * DAY];
const FOREVER = 0;

/** What a report of that kind allows; only admins ban. */
function deedsFor({ kind, user_id, conversation_id }: Report): [Deed, Word][] {
  const isAdmin = session.value?.user.roles.includes("admin");
  const all: [Deed, Word, boolean][] = [
    ["none", "deedNone", true],
    ["remove", kind === "conversation" ? "deedEndGroup" : "deedRemove", kind !== "user"],
    ["warn", "deedWarn", user_id !== null],
    ["mute", "deedMute", user_id !== null],
    ["ban", "deedBan", user_id !== null && isAdmin === true],
    ["lock", "deedLock", conversation_id !== null],
  ];
  return all.flatMap(([deed, word, allowed]) => (allowed ? [[deed, word] as [Deed, Word]] : []));
}

interface Props {
  readonly report: Report;
  readonly onDone: () => void;
  /** Somebody else was first. */
  readonly onConflict: () => void;
}
export function Decision({ report, onDone, onConflict }: Props) {
  const { report_id: id, version } = report;
  const [deed, setDeed] = useState<Deed>("none");
  const [span, setSpan] = useState(DAY);
  const [told, setTold] = useState("");
  const [note, setNote] = useState("");
  const { rest } = theChat();
  const heeding = (work: Promise<unknown>): Promise<unknown> =>
    work.then(onDone, (error: unknown) => {
      if (isChatError(error) && error.code === "CONFLICT") onConflict();
      throw error;
    });
  const more = note.trim() ? { note: note.trim() } : {};
  const until =
    (deed === "mute" || deed === "ban") && span !== FOREVER
      ? { until: new Date(Date.now() + span * 1000).toISOString() }
      : {};
  const resolve = (): Promise<unknown> =>
    heeding(
      rest.call("POST /admin/reports/:id/resolution", {
        ...{ id, version, deed, ...until, ...more },
        ...(told.trim() ? { told: told.trim() } : {}),
      }),
    );
  const lasting = deed === "ban" ? [...spans, FOREVER] : spans;
  return (
    <>
      <h3>{t("decision")}</h3>
      <Form submit={t("decide")} disabled={deed === "warn" && !told.trim()} onSubmit={resolve}>
        <Select
          label={t("deed")}
          value={deed}
          onValue={setDeed}
          options={deedsFor(report).map(([key, word]) => [key, t(word)] as const)}
        />
        {(deed === "mute" || deed === "ban") && (
          <Select
            label={t("forHowLong")}
            value={span}
            onValue={setSpan}
            options={lasting.map((s) => [s, s === FOREVER ? t("forGood") : spanOf(s)] as const)}
          />
        )}
        {deed !== "none" && deed !== "lock" && (
          <TextArea label={t("told")} hint={t("toldHint")} value={told} onValue={setTold} maxLength={1000} />
        )}
        <TextArea label={t("note")} hint={t("noteHint")} value={note} onValue={setNote} maxLength={1000} />
      </Form>
      <Form
        submit={t("dismissReport")}
        onSubmit={() => heeding(rest.call("POST /admin/reports/:id/dismissal", { id, version, ...more }))}
      >
        <p class="hint">{t("dismissHint")}</p>
      </Form>
    </>
  );
}
