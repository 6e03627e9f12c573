/** `trace`: what happened to one message, from the store to the last device; no word of it is shown. */
import { type Result } from "../../contracts/actions";
import { type MessageTrace } from "../../contracts/trace";
import { type Operator } from "./session";
import { table } from "./table";

export const traceHelp = "trace <message id>  where it is stored, told, notified of, read and delivered to";

const PAGE = 100;
/** Of a large group the first ones are shown, and how to go on is said. */
const MOST_SHOWN = 1_000;

const pageOf = (operator: Operator, id: string, after?: number): Promise<MessageTrace> =>
  operator.ask("GET", `/admin/messages/${id}/trace?limit=${PAGE}${after === undefined ? "" : `&after=${after}`}`);

const factOf = ({ fact, published, type }: MessageTrace): string => {
  if (!published) return "its fact waits in the outbox";
  const place = fact
    ? `position ${fact.position} of the log of facts since ${fact.kept_at}`
    : "not in the log of facts";
  return type === "system" ? "published; system messages make no fact of their own" : `published, ${place}`;
};

function rewritesOf({ version, edited_at, deleted_at, rewrite_published }: MessageTrace): string[] {
  if (rewrite_published === null) return [];
  const told = rewrite_published ? "told" : "which waits in the outbox";
  const edit = edited_at === null ? [] : [`edited ${edited_at}`];
  const deletion = deleted_at === null ? [] : [`deleted ${deleted_at}`];
  return [`${[...edit, ...deletion].join(", ")} (version ${version}), ${told}`];
}

function storyOf(trace: MessageTrace, livesOn: string | null): string[] {
  const { message_id, type, sender_id, seq, conversation_id, conversation_type, conversation_deleted_at } = trace;
  const ended = conversation_deleted_at === null ? "" : `, which was deleted ${conversation_deleted_at}`;
  return [
    `${message_id} (${type}) by ${sender_id}, stored ${trace.created_at}`,
    `number ${seq} of ${conversation_type} conversation ${conversation_id}${ended}`,
    `${trace.members} members, lives on ${livesOn ?? "no node"}`,
    ...rewritesOf(trace),
    factOf(trace),
  ];
}

const webhooksOf = ({ webhooks }: MessageTrace): string[] =>
  webhooks.length === 0
    ? []
    : [
        table([
          ["webhook", "state", "attempts", "next", "error"],
          ...webhooks.map((w) => [w.webhook_id, w.state, w.attempts, w.due_at ?? "-", w.error ?? "-"]),
        ]),
      ];

const rowOf = (r: MessageTrace["recipients"][number]): unknown[] => [
  r.left ? `${r.user_id} (left)` : r.user_id,
  r.read ? "read" : r.delivered ? "delivered" : "-",
  r.quiet ? `${r.reason} (quiet)` : r.reason,
  r.notification ?? "-",
  r.devices,
  r.pushes_waiting === 0 ? "-" : `${r.pushes_waiting}, ${r.push_attempts} attempts, next ${r.push_due_at}`,
];

/** @throws Error whose message is for the operator */
export async function trace(operator: Operator, [given = ""]: readonly string[]): Promise<string> {
  const id = encodeURIComponent(given);
  const first = await pageOf(operator, id);
  const place = `/admin/overview?conversationId=${first.conversation_id}`;
  const { livesOn } = await operator.ask<Result<"api.overview">>("GET", place);
  const rows = first.recipients.map(rowOf);
  let { next } = first;
  while (next !== null && rows.length < MOST_SHOWN) {
    const page = await pageOf(operator, id, next);
    rows.push(...page.recipients.map(rowOf));
    next = page.next;
  }
  return [
    storyOf(first, livesOn).join("\n"),
    ...webhooksOf(first),
    table([["recipient", "message", "notification", "its state", "devices", "pushes that wait"], ...rows]),
    ...(next === null ? [] : [`And more: GET /admin/messages/${id}/trace?after=${next}`]),
  ].join("\n\n");
}
