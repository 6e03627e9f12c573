/** What happened to one message, without its words: stored, told, notified of, delivered and read. */
import { useState } from "preact/hooks";
import { type RouteResult } from "moleculer-chat-client";
import { theChat, useAsked } from "../app/chat";
import { wordsFor } from "../app/errors";
import { whyTraced } from "../app/explanations";
import { momentOf, numberOf, t, type Word } from "../app/i18n";
import { useName } from "../app/people";
import { adminOf } from "../app/router";
import { attempt } from "../app/toasts";
import { Problem } from "../ui/Problem";
import { ById } from "./ById";
import { ConversationId } from "./ConversationId";
import { type Line, Described } from "../ui/Described";

type Trace = RouteResult<"GET /admin/messages/:messageId/trace">;
type Recipient = Trace["recipients"][number];
const PAGE = 50;

export function Messages() {
  const id = adminOf();
  return (
    <section>
      <h2>{t("messages")}</h2>
      <p class="hint">{t("traceHint")}</p>
      <ById key={id} page="messages" label={t("messageId")} hint={t("messageIdHint")} />
      {id && <One key={id} messageId={id} />}
    </section>
  );
}

function One({ messageId }: { messageId: string }) {
  const route = "GET /admin/messages/:messageId/trace";
  const ask = (after?: number): Promise<Trace> =>
    theChat().rest.call(route, { messageId, limit: PAGE, ...(after === undefined ? {} : { after }) });
  const { value: first, error } = useAsked(ask, [messageId]);
  const [later, setLater] = useState<readonly Trace[]>([]);
  if (!first) return error === undefined ? null : <Problem>{wordsFor(error)}</Problem>;
  const next = (later.at(-1) ?? first).next;
  return (
    <>
      <Described lines={storyOf(first)} />
      {first.webhooks.length > 0 && <Hooks webhooks={first.webhooks} />}
      <Recipients all={[first, ...later].flatMap(({ recipients }) => recipients)} />
      {next !== null && (
        <button type="button" onClick={() => attempt(ask(next).then((page) => setLater([...later, page])))}>
          {t("showMore")}
        </button>
      )}
    </>
  );
}

function storyOf(trace: Trace): readonly Line[] {
  const { conversation_id: where, fact, published, rewrite_published: rewritten } = trace;
  const place = fact ? t("tracePosition", { position: numberOf(fact.position) }) : t("traceNoFact");
  const moment = (at: string | null): string | undefined => (at === null ? undefined : momentOf(at));
  return [
    [t("from"), <Named key={trace.sender_id} id={trace.sender_id} />],
    [t("conversation"), <ConversationId key={where} id={where} />],
    [t("traceSeq"), numberOf(trace.seq)],
    [t("traceStored"), momentOf(trace.created_at)],
    [t("traceEdited"), moment(trace.edited_at)],
    [t("traceDeleted"), moment(trace.deleted_at)],
    [t("traceEnded"), moment(trace.conversation_deleted_at)],
    [t("traceTold"), published ? place : t("traceInOutbox")],
    [t("traceRewritten"), rewritten === null ? undefined : t(rewritten ? "traceOut" : "traceInOutbox")],
  ];
}

const Named = ({ id }: { id: number }) => <>{id ? useName(id) : t("system")}</>;

const hookStates: Readonly<Record<Trace["webhooks"][number]["state"], Word>> = {
  waiting: "hookWaiting",
  taken: "hookTaken",
  given_up: "hookGivenUp",
  made_later: "hookMadeLater",
};

const Hooks = ({ webhooks }: Pick<Trace, "webhooks">) => (
  <>
    <h3>{t("webhooks")}</h3>
    <ul class="cards">
      {webhooks.map(({ webhook_id, state, attempts, due_at, error }) => (
        <li key={webhook_id}>
          <div>
            <strong dir="ltr">{webhook_id}</strong> <em class="tag">{t(hookStates[state])}</em>
            {error && <p class="problem">{error}</p>}
            {attempts > 0 && (
              <p class="hint">
                {t("attempts", { count: attempts, number: numberOf(attempts) })}
                {due_at && ` · ${momentOf(due_at)}`}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  </>
);

function Recipients({ all }: { all: readonly Recipient[] }) {
  return (
    <>
      <h3>{t("recipients")}</h3>
      {all.length === 0 && <p class="hint">{t("noRecipients")}</p>}
      <div class="table stacks" hidden={all.length === 0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("name")}</th>
              <th scope="col">{t("message")}</th>
              <th scope="col">{t("notification")}</th>
              <th scope="col">{t("pushes")}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <Row key={one.user_id} one={one} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const noticeStates = { unread: "noticeUnread", read: "statusRead", removed: "noticeRemoved" } as const;

function Row({ one }: { one: Recipient }) {
  const { user_id, left, read, delivered, reason, quiet, notification, devices, pushes_waiting, push_attempts } = one;
  const tried = push_attempts > 0 ? t("attempts", { count: push_attempts, number: numberOf(push_attempts) }) : "";
  return (
    <tr>
      <td dir="auto">
        <strong>{useName(user_id)}</strong> {left && <em class="tag">{t("hasLeft")}</em>}
      </td>
      <td>{t(read ? "statusRead" : delivered ? "statusDelivered" : "statusSent")}</td>
      <td>
        {notification && <em class="tag">{t(noticeStates[notification])}</em>} {t(whyTraced(reason))}{" "}
        {quiet && t("quietly")}
      </td>
      <td>
        {devices > 0 && t("devices", { count: devices })}{" "}
        {pushes_waiting > 0 && t("pushesWaiting", { count: pushes_waiting })} {tried}
        {one.push_due_at && ` · ${momentOf(one.push_due_at)}`}
      </td>
    </tr>
  );
}
