/** Reports in the database. All of it inside the transaction of the caller. */
import { QueryTypes, type Transaction } from "sequelize";
import { type Params } from "../../contracts/actions";
import { fail } from "../../contracts/errors";
import { type Evidence, type Report, type ReportWithEvidence } from "../../contracts/moderation";
import { newId } from "../../platform/id";
import { whereOf } from "./conditions";
import { lockedUser, type UsersContext } from "./context";
import { oweFact } from "./facts";

const MOST_AN_HOUR = 20;

type Times = "handled_at" | "created_at" | "updated_at";
export type ReportRow = Omit<Report, Times> & {
  readonly evidence: string | null;
  readonly handled_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
};

export interface Reported {
  readonly kind: Report["kind"];
  readonly target: string;
  readonly user_id: number | null;
  readonly conversation_id: string | null;
  readonly evidence: Evidence;
}

export const shown = ({ evidence: _, ...row }: ReportRow): Report => ({
  ...row,
  handled_at: row.handled_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const shownWhole = (row: ReportRow): ReportWithEvidence => ({
  ...shown(row),
  evidence: row.evidence === null ? null : (JSON.parse(row.evidence) as Evidence),
});

const select = (context: UsersContext, tx: Transaction, statement: string, bind: unknown[]): Promise<ReportRow[]> =>
  context.db.sequelize.query<ReportRow>(statement, { bind, type: QueryTypes.SELECT, transaction: tx });

/** A report of the same by the same person, while it is not handled, is that one. @throws RATE_LIMITED */
export async function file(
  context: UsersContext,
  tx: Transaction,
  reporterId: number,
  said: Pick<Report, "reason" | "text">,
  { kind, target, user_id, conversation_id, evidence }: Reported,
): Promise<string> {
  await lockedUser(context, tx, reporterId); // two reports of one person take turns, so that they can be counted
  const again = await select(
    context,
    tx,
    `UPDATE reports SET reason = $4, text = $5, version = version + 1, updated_at = now()
     WHERE reporter_id = $1 AND kind = $2 AND target = $3 AND handled_at IS NULL RETURNING *`,
    [reporterId, kind, target, said.reason, said.text],
  );
  if (again[0]) return again[0].report_id;
  const [recent] = await context.db.sequelize.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM reports WHERE reporter_id = $1 AND created_at > now() - interval '1 hour'",
    { bind: [reporterId], type: QueryTypes.SELECT, transaction: tx },
  );
  if ((recent?.n ?? 0) >= MOST_AN_HOUR)
    throw fail("RATE_LIMITED", `No more than ${MOST_AN_HOUR} reports in an hour.`, { retryAfterMs: 3_600_000 });
  const report_id = newId();
  await context.db.sequelize.query(
    `INSERT INTO reports (report_id, kind, target, user_id, conversation_id, reporter_id, reason, text, evidence)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    {
      bind: [
        report_id,
        ...[kind, target, user_id, conversation_id, reporterId, said.reason, said.text],
        JSON.stringify(evidence),
      ],
      transaction: tx,
    },
  );
  const about = { kind, target, userId: user_id, conversationId: conversation_id };
  await oweFact(context, tx, "moderation.reported", {
    ...about,
    ...{ reportId: report_id, reporterId, reason: said.reason },
  });
  return report_id;
}

/** Newest first: ids grow with time. */
export async function listed(
  context: UsersContext,
  tx: Transaction,
  { limit, before, state, kind, assignee, about }: Params<"users.reports">,
): Promise<ReportRow[]> {
  const { where, values } = whereOf([
    ["report_id < $?", before],
    ["state = $?", state],
    ["kind = $?", kind],
    ["assignee_id = $?", assignee],
    ["user_id = $?", about],
  ]);
  return select(context, tx, `SELECT * FROM reports ${where} ORDER BY report_id DESC LIMIT $1`, [limit, ...values]);
}

/** Held until the transaction ends. @throws NOTFOUND */
export async function held(context: UsersContext, tx: Transaction, id: string): Promise<ReportRow> {
  const [row] = await select(context, tx, "SELECT * FROM reports WHERE report_id = $1 FOR UPDATE", [id]);
  if (!row) throw fail("NOTFOUND", "There is no such report.");
  return row;
}

/** One that nobody has handled, as the caller knows it. @throws NOTFOUND, CONFLICT */
export async function heldOpen(
  context: UsersContext,
  tx: Transaction,
  { id, version }: { id: string; version: number },
): Promise<ReportRow> {
  const row = await held(context, tx, id);
  if (row.handled_at) throw fail("CONFLICT", "This report was handled already.", { version: row.version });
  if (row.version !== version) throw fail("CONFLICT", "This report has changed.", { version: row.version });
  return row;
}

export async function assign(context: UsersContext, tx: Transaction, id: string, assignee: number | null) {
  const [row] = await select(
    context,
    tx,
    `UPDATE reports SET assignee_id = $2, state = $3, version = version + 1, updated_at = now()
     WHERE report_id = $1 RETURNING *`,
    [id, assignee, assignee === null ? "open" : "assigned"],
  );
  return row as ReportRow;
}

export interface Handled {
  readonly state: "resolved" | "dismissed";
  readonly deed: Report["deed"];
  readonly note: string | null;
  readonly by: number;
}

export async function close(context: UsersContext, tx: Transaction, id: string, { state, deed, note, by }: Handled) {
  const [row] = await select(
    context,
    tx,
    `UPDATE reports SET state = $2, deed = $3, note = $4, handled_by = $5, handled_at = now(),
       version = version + 1, updated_at = now()
     WHERE report_id = $1 RETURNING *`,
    [id, state, deed, note, by],
  );
  await oweFact(context, tx, "moderation.decided", { reportId: id, actorId: by, state, deed });
  return row as ReportRow;
}

/** What was to be seen is kept for so long after it was handled, or as long as messages are; that it was reported stays. */
const EVIDENCE_MS = 90 * 86_400_000;

export async function forgetEvidence(context: UsersContext, tx: Transaction): Promise<void> {
  const seconds = Math.min(EVIDENCE_MS, context.env.MESSAGE_RETENTION ?? Infinity) / 1000;
  await context.db.sequelize.query(
    `UPDATE reports SET evidence = NULL
     WHERE evidence IS NOT NULL AND handled_at < now() - make_interval(secs => $1)`,
    { bind: [seconds], transaction: tx },
  );
  // Of accounts that are gone the words go, too.
  await context.db.sequelize.query(
    `UPDATE reports SET text = '' FROM users
     WHERE users.user_id = reporter_id AND users.status = 'deleted' AND text <> ''
       AND handled_at < now() - make_interval(secs => $1)`,
    { bind: [seconds], transaction: tx },
  );
}
