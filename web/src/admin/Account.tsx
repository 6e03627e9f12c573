/** One account, for admins: where it is signed in, a word to its owner, a silence, what is kept of it, and its end. */
import { useState } from "preact/hooks";
import { type User } from "moleculer-chat-client";
import { me, theChat, useAsked } from "../app/chat";
import { download } from "../app/files";
import { fullTimeOf, momentOf, t } from "../app/i18n";
import { attempt, say } from "../app/toasts";
import { spanOf } from "../places/spans";
import { confirm, Dialog } from "../ui/Dialog";
import { Field, Form, Select, Switch, TextArea } from "../ui/Field";
import { deviceOf } from "../ui/device";
import { HoldsOn } from "./Holds";

interface Props {
  readonly user: User;
  readonly onChanged: (user: User) => void;
  readonly onClose: () => void;
}
export function Account({ user, onChanged, onClose }: Props) {
  const { user_id: id, username, email } = user;
  const gone = user.status === "deleted";
  return (
    <Dialog title={username} onClose={onClose}>
      <p class="hint">{[email, t("accountNumber", { id })].filter(Boolean).join(" · ")}</p>
      {!gone && <Rename user={user} onChanged={onChanged} />}
      {!gone && <Devices id={id} />}
      {!gone && id !== me() && <Words id={id} />}
      <HoldsOn on={{ userId: id }} />
      {!gone && (
        <>
          <h3>{t("keptOfThem")}</h3>
          <button type="button" onClick={() => attempt(download(`/admin/users/${id}/export`, `account-${id}.json`))}>
            {t("download")}
          </button>
          {id !== me() && <End user={user} onEnded={() => (onChanged({ ...user, status: "deleted" }), onClose())} />}
        </>
      )}
    </Dialog>
  );
}

function Rename({ user, onChanged }: Pick<Props, "user" | "onChanged">) {
  const [name, setName] = useState(user.username);
  const save = async (): Promise<void> =>
    onChanged(await theChat().rest.call("PATCH /admin/users/:id", { id: user.user_id, username: name.trim() }));
  return (
    <Form submit={t("save")} disabled={!name.trim() || name.trim() === user.username} onSubmit={save}>
      <Field label={t("name")} value={name} onValue={setName} maxLength={40} autocomplete="off" />
    </Form>
  );
}

function Devices({ id }: { id: number }) {
  const { rest } = theChat();
  const { value, again } = useAsked(() => rest.call("GET /admin/users/:id/sessions", { id }), [id]);
  const end = (sessionId: string): void =>
    attempt(rest.call("DELETE /admin/users/:id/tokens/:sessionId", { id, sessionId }).then(again));
  return (
    <>
      <h3>{t("sessions")}</h3>
      {value?.length === 0 && <p class="hint">{t("noSessions")}</p>}
      <ul class="cards">
        {value?.map((session) => (
          <li key={session.id}>
            <strong title={session.user_agent}>{deviceOf(session.user_agent)}</strong>
            <span class="hint">
              {session.ip} · {momentOf(session.last_used_at)}
            </span>
            <button type="button" onClick={() => end(session.id)}>
              {t("signOut")}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

const HOUR = 3_600;
const spans = [HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR];

/** A warning, or a time in which they write nothing: either is told to them. */
function Words({ id }: { id: number }) {
  const { rest } = theChat();
  const [told, setTold] = useState("");
  const [span, setSpan] = useState(0);
  const words = told.trim();
  const tell = async (): Promise<void> => {
    if (span === 0) await rest.call("POST /admin/users/:id/warnings", { id, told: words });
    else {
      const until = new Date(Date.now() + span * 1_000);
      await rest.call("PUT /admin/users/:id/mute", {
        id,
        until: until.toISOString(),
        ...(words ? { told: words } : {}),
      });
      say(t("mutedUntil", { time: fullTimeOf(until) }));
    }
    setTold("");
    if (span === 0) say(t("warned"));
  };
  const unmute = (): void =>
    attempt(rest.call("DELETE /admin/users/:id/mute", { id }).then(() => say(t("mayWriteAgain"))));
  return (
    <>
      <h3>{t("wordOfStaff")}</h3>
      <Form submit={t(span === 0 ? "deedWarn" : "deedMute")} disabled={span === 0 && !words} onSubmit={tell}>
        <TextArea label={t("told")} value={told} onValue={setTold} maxLength={1000} />
        <Select
          label={t("mayNotWrite")}
          value={span}
          onValue={setSpan}
          options={[[0, t("off")], ...spans.map((s) => [s, spanOf(s)] as const)]}
        />
      </Form>
      <button type="button" onClick={unmute}>
        {t("letWriteAgain")}
      </button>
    </>
  );
}

function End({ user: { user_id: id, username: name }, onEnded }: { user: User; onEnded: () => void }) {
  const [erase, setErase] = useState(false);
  const end = (): void =>
    confirm({
      title: t("deleteNamed", { name }),
      text: t(erase ? "eraseAsk" : "deleteTheirsAsk"),
      yes: t("deleteAccount"),
      run: () =>
        theChat()
          .rest.call("DELETE /admin/users/:id", { id, ...(erase ? { erase } : {}) })
          .then(onEnded),
    });
  return (
    <>
      <h3>{t("deleteAccount")}</h3>
      <Switch label={t("eraseToo")} hint={t("eraseHint")} checked={erase} onChange={setErase} />
      <button type="button" class="danger" onClick={end}>
        {t("deleteAccount")}
      </button>
    </>
  );
}
