/** The variables that the system was started with, to be read: what is set, to what, and what holds where not. */
import { useState } from "preact/hooks";
import { type RouteResult } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { folded, t } from "../app/i18n";
import { Field, Switch } from "../ui/Field";
import { Problem } from "../ui/Problem";

type Setting = RouteResult<"GET /admin/settings">["settings"][number];

export function Variables() {
  const { value, error } = useAsked(() => theChat().rest.call("GET /admin/settings"), []);
  const [sought, setSought] = useState("");
  const [setOnly, setSetOnly] = useState(false);
  const wanted = folded(sought.trim());
  const shown = value?.settings.filter(
    ({ name, about, set }) => (set || !setOnly) && folded(`${name} ${about}`).includes(wanted),
  );
  return (
    <section>
      <h2>{t("variables")}</h2>
      <p class="hint">{t("variablesHint")}</p>
      {error !== undefined && <Problem>{wordsFor(error)}</Problem>}
      <Field label={t("search")} type="search" value={sought} onValue={setSought} />
      <Switch label={t("variablesSetOnly")} checked={setOnly} onChange={setSetOnly} />
      <ul class="cards">
        {shown?.map((setting) => (
          <Variable key={setting.name} setting={setting} />
        ))}
      </ul>
      {shown?.length === 0 && <p class="hint">{t("nothingFound")}</p>}
      {value && <p class="hint">{t("variablesOf", { node: value.node })}</p>}
    </section>
  );
}

function valueOf({ set, secret, value, default: fallback }: Setting) {
  if (secret) return <em>{t(set ? "secretSet" : "notSet")}</em>;
  const shown = set ? value : fallback;
  return shown ? <code dir="ltr">{shown}</code> : <em>{t("notSet")}</em>;
}

function Variable({ setting }: { setting: Setting }) {
  const { name, about, set } = setting;
  return (
    <li class="variable">
      <strong dir="ltr">{name}</strong>
      {set && <em class="tag">{t("variableSet")}</em>}
      <span class="whole">{valueOf(setting)}</span>
      <span class="hint whole" lang="en" dir="ltr">
        {about}
      </span>
    </li>
  );
}
