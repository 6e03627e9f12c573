/**
 * What people are told by the staff: stored with what it tells of, and gone when the notifications service has it, so that
 * no outage loses it. Told twice it is one notification.
 */
import { QueryTypes, type Transaction } from "sequelize";
import { codeOf } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { newId } from "../../platform/id";
import { type UsersContext } from "./context";

const AT_ONCE = 100;
const TELL_MS = 5_000;

export interface Notice {
  readonly userId: number;
  readonly title: string;
  readonly content: string;
}

/** In the transaction of what it tells of. */
export async function oweNotice(
  { db }: UsersContext,
  tx: Transaction,
  { userId, title, content }: Notice,
): Promise<void> {
  await db.sequelize.query("INSERT INTO notices (notice_id, user_id, title, content) VALUES ($1, $2, $3, $4)", {
    bind: [newId(), userId, title, content],
    transaction: tx,
  });
}

type Row = { notice_id: string; user_id: number; title: string; content: string; created_at: Date };

/** Oldest first; what can't be told now is told by the next sweep. */
export async function tellNotices(context: UsersContext): Promise<void> {
  const { broker, db, logger } = context;
  const rows = await db.work((transaction) =>
    db.sequelize.query<Row>(`SELECT * FROM notices ORDER BY notice_id LIMIT ${AT_ONCE}`, {
      type: QueryTypes.SELECT,
      transaction,
    }),
  );
  for (const { notice_id, user_id, title, content, created_at } of rows) {
    const notice = { factId: notice_id, userId: user_id, title, content, at: created_at.toISOString() };
    try {
      await call(broker, "notifications.notice", notice, { timeout: TELL_MS });
    } catch (error) {
      logger.debug(`notices wait: ${codeOf(error)}`);
      return;
    }
    await db.work((transaction) =>
      db.sequelize.query("DELETE FROM notices WHERE notice_id = $1", { bind: [notice_id], transaction }),
    );
  }
}

/** Behind whoever made one. */
export const tellNoticesSoon = (context: UsersContext): void =>
  void tellNotices(context).catch((error: unknown) => context.logger.debug(`notices wait: ${String(error)}`));
