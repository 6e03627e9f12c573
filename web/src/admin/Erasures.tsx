/** Accounts that went with what they wrote: what there was of it and what is left, which is the proof. */
import { useState } from "preact/hooks";
import { type RouteResult } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { momentOf, numberOf, t, type Word } from "../app/i18n";
import { Field } from "../ui/Field";
import { Problem } from "../ui/Problem";
import { ConversationId } from "./ConversationId";
import { Person } from "./Person";

type Erasure = RouteResult<"GET /admin/erasures">[number];
const states: Readonly<Record<Erasure["state"], Word>> = {
  waiting: "erasureWaiting",
  held: "erasureHeld",
  done: "erasureDone",
};

export function Erasures() {
  const [of, setOf] = useState("");
  const one = /^\s*\d{1,15}\s*$/.test(of) ? { of: Number(of) } : {};
  const { value, error, again } = useAsked(
    () => theChat().rest.call("GET /admin/erasures", { limit: 100, ...one }),
    [one.of],
  );
  return (
    <section>
      <h2>{t("erasures")}</h2>
      <p class="hint">{t("erasuresHint")}</p>
      <Field label={t("userNumber")} inputMode="numeric" value={of} onValue={setOf} autocomplete="off" />
      {error !== undefined && <Problem>{wordsFor(error)}</Problem>}
      {value?.length === 0 && <p class="hint">{t("noErasures")}</p>}
      <ul class="cards">
        {value?.map((erasure) => (
          <One key={`${erasure.user_id} ${erasure.requested_at}`} erasure={erasure} />
        ))}
      </ul>
      <button type="button" onClick={again}>
        {t("refresh")}
      </button>
    </section>
  );
}

function One({ erasure }: { erasure: Erasure }) {
  const { user_id, requested_by, requested_at, state, finished_at, found, left } = erasure;
  return (
    <li>
      <div>
        <strong>{t("accountNumber", { id: user_id })}</strong>{" "}
        <em class={`tag ${state === "held" ? "alert" : ""}`}>{t(states[state])}</em>
        <p class="hint">
          {t("askedBy")} {requested_by ? <Person id={requested_by} /> : t("operator")} · {momentOf(requested_at)}
          {finished_at && ` – ${momentOf(finished_at)}`}
        </p>
      </div>
      {found && <Proof found={found} left={left} />}
    </li>
  );
}

/** Numbers alone, by what it was. */
function Proof({ found, left }: { found: NonNullable<Erasure["found"]>; left: Erasure["left"] }) {
  return (
    <div class="table whole">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("content")}</th>
            <th scope="col">{t("erasureFound")}</th>
            <th scope="col">{t("erasureLeft")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(found.counts).map(([kind, count]) => (
            <tr key={kind}>
              <th scope="row">
                <code>{kind}</code>
              </th>
              <td>{numberOf(count)}</td>
              <td>{left ? numberOf(left.counts[kind] ?? 0) : "…"}</td>
            </tr>
          ))}
          {found.places.map(({ conversation_id: id, messages }) => (
            <tr key={id}>
              <th scope="row">
                <ConversationId id={id} />
              </th>
              <td>{numberOf(messages)}</td>
              <td>{left ? numberOf(left.places.find((place) => place.conversation_id === id)?.messages ?? 0) : "…"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
