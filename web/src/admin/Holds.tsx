/** Legal holds: what is on one goes neither by age nor with an account; those of one conversation or person, and all there are. */
import { useEffect, useState } from "preact/hooks";
import { type RouteResult } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { momentOf, t } from "../app/i18n";
import { attempt, failed } from "../app/toasts";
import { confirm } from "../ui/Dialog";
import { Form, TextArea } from "../ui/Field";
import { ConversationId } from "./ConversationId";
import { Person } from "./Person";

type Hold = RouteResult<"GET /admin/holds">[number];
type On = { readonly conversationId: string } | { readonly userId: number };
const PAGE = 100;
/** As many as one answer gives. */
const MOST = 500;

const release = ({ hold_id: holdId, reason }: Hold, after: () => void): void =>
  confirm({
    title: t("releaseHold"),
    text: t("releaseHoldAsk", { reason }),
    yes: t("releaseHold"),
    run: () => theChat().rest.call("DELETE /admin/holds/:holdId", { holdId }).then(after),
  });

export function Holds() {
  const [all, setAll] = useState<readonly Hold[]>();
  const [more, setMore] = useState(false);
  const load = async (before?: string): Promise<void> => {
    const page = await theChat().rest.call("GET /admin/holds", { limit: PAGE, ...(before ? { before } : {}) });
    setAll((known) => [...(before ? (known ?? []) : []), ...page]);
    setMore(page.length === PAGE);
  };
  useEffect(() => void load().catch(failed), []);
  return (
    <section>
      <h2>{t("holds")}</h2>
      <p class="hint">{t("holdsHint")}</p>
      {all?.length === 0 && <p class="hint">{t("noHolds")}</p>}
      <List holds={all ?? []} onChanged={() => attempt(load())} />
      {more && (
        <button type="button" onClick={() => attempt(load(all?.at(-1)?.hold_id))}>
          {t("showMore")}
        </button>
      )}
    </section>
  );
}

async function holdsOn(on: On): Promise<readonly Hold[]> {
  const found: Hold[] = [];
  let page: readonly Hold[] = [];
  do {
    const last: string | undefined = page.at(-1)?.hold_id;
    page = await theChat().rest.call("GET /admin/holds", { ...on, limit: MOST, ...(last ? { before: last } : {}) });
    found.push(...page);
  } while (page.length === MOST);
  return found;
}

/** Those on one conversation or person, and a new one. */
export function HoldsOn({ on }: { on: On }) {
  const { value, again } = useAsked(() => holdsOn(on), [JSON.stringify(on)]);
  const [reason, setReason] = useState("");
  const place = async (): Promise<void> => {
    await theChat().rest.call("POST /admin/holds", { ...on, reason: reason.trim() });
    setReason("");
    again();
  };
  return (
    <>
      <h3>{t("holds")}</h3>
      <List holds={value ?? []} onChanged={again} />
      <Form submit={t("placeHold")} disabled={!reason.trim()} onSubmit={place}>
        <TextArea label={t("holdReason")} hint={t("holdHint")} value={reason} onValue={setReason} maxLength={500} />
      </Form>
    </>
  );
}

const List = ({ holds, onChanged }: { holds: readonly Hold[]; onChanged: () => void }) => (
  <ul class="cards">
    {holds.map((hold) => (
      <One key={hold.hold_id} hold={hold} onChanged={onChanged} />
    ))}
  </ul>
);

function One({ hold, onChanged }: { hold: Hold; onChanged: () => void }) {
  const { conversation_id, user_id, reason, placed_by, placed_at } = hold;
  return (
    <li>
      <div>
        <strong dir="auto">{reason}</strong>
        <p>{conversation_id ? <ConversationId id={conversation_id} /> : user_id && <Person id={user_id} />}</p>
        <p class="hint">
          {placed_by ? <Person id={placed_by} /> : t("operator")} · {momentOf(placed_at)}
        </p>
      </div>
      <button type="button" onClick={() => release(hold, onChanged)}>
        {t("releaseHold")}
      </button>
    </li>
  );
}
