/** The audit log: lines written in the transaction of what they tell, one after another, each holding the one before. */
import { createHash } from "node:crypto";
import { QueryTypes, type Transaction } from "sequelize";
import { type Params } from "../../contracts/actions";
import { AUDIT_BEGIN, type AuditEntry, hashedText } from "../../contracts/audit";
import { type AuditEvent } from "../../contracts/audit-events";
import { isOperator, type Meta } from "../../contracts/caller";
import { type Json } from "../../contracts/schema";
import { whereOf } from "./conditions";
import { clock, type UsersContext } from "./context";

/** Names our lock among those of others in the same database. */
const LOCK = 7_241_934;

export interface Told {
  readonly event: AuditEvent;
  /** What it was done to, such as `user:7`. */
  readonly target?: string;
  readonly details?: Readonly<Record<string, Json>>;
}

type Row = Omit<AuditEntry, "seq" | "at" | "details"> & { seq: string; at: Date; details: string };

const entryOf = (row: Row): AuditEntry => ({
  ...row,
  seq: Number(row.seq),
  at: row.at.toISOString(),
  details: JSON.parse(row.details) as Record<string, Json>,
});

export const ofUser = (userId: number): string => `user:${userId}`;

const actorOf = ({ caller, from }: Meta): Pick<AuditEntry, "actor_id" | "session_id" | "ip"> => ({
  actor_id: caller && !isOperator(caller) ? caller.userId : null,
  session_id: caller?.sessionId.slice(0, 64) ?? null,
  ip: from?.slice(0, 64) ?? null,
});

/**
 * The last step of a transaction: from here to its end all others that tell something wait, so that numbers have no gap
 * and whoever holds this lock waits for nobody.
 */
export async function record(context: UsersContext, tx: Transaction, meta: Meta, told: Told): Promise<void> {
  const { sequelize } = context.db;
  await sequelize.query(`SELECT pg_advisory_xact_lock(${LOCK})`, { transaction: tx });
  const [last] = await sequelize.query<{ seq: string; hash: string }>(
    "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1",
    { type: QueryTypes.SELECT, transaction: tx },
  );
  const line = {
    seq: Number(last?.seq ?? 0) + 1,
    at: (await clock(context, tx)).toISOString(),
    event: told.event,
    ...actorOf(meta),
    target: told.target ?? null,
    details: { ...told.details },
    previous: last?.hash ?? AUDIT_BEGIN,
  };
  const hash = createHash("sha256").update(hashedText(line)).digest("hex");
  const { seq, at, event, actor_id, session_id, ip, target, previous } = line;
  const details = JSON.stringify(line.details);
  await sequelize.query(
    `INSERT INTO audit_log (seq, at, event, actor_id, session_id, ip, target, details, previous, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    { bind: [seq, at, event, actor_id, session_id, ip, target, details, previous, hash], transaction: tx },
  );
}

/** Of what changes nothing else. */
export const note = (context: UsersContext, meta: Meta, told: Told): Promise<void> =>
  context.db.work((tx) => record(context, tx, meta, told));

export async function readLog(
  context: UsersContext,
  tx: Transaction,
  { limit, before, after, event, actor, target, since, until }: Params<"users.auditLog">,
): Promise<AuditEntry[]> {
  const { where, values } = whereOf([
    ["seq < $?", before],
    ["seq > $?", after],
    ["(event = $? OR starts_with(event, $? || '.'))", event],
    ["actor_id = $?", actor],
    ["target = $?", target],
    ["at >= $?", since],
    ["at < $?", until],
  ]);
  const rows = await context.db.sequelize.query<Row>(
    `SELECT * FROM audit_log ${where}
     ORDER BY seq ${after === undefined ? "DESC" : "ASC"} LIMIT $1`,
    { bind: [limit, ...values], type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.map(entryOf);
}
