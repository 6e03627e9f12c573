/**
 * What happens to accounts, for the log of facts: stored with the change, told in the order of the changes until the log
 * has it. Whoever changes an account holds its row, so that of one account the order of these rows is that of the changes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { QueryTypes, type Transaction } from "sequelize";
import { type FactKind, type Happened, type Kept } from "../../contracts/facts";
import { type Meta, operator } from "../../contracts/caller";
import { recorder } from "../../platform/facts/recorder";
import { newId } from "../../platform/id";
import { Telling } from "../../platform/telling";
import { type UsersContext } from "./context";

const AGAIN_MS = 5_000;
const AT_ONCE = 500;
/** Sign-ins in a row are told together: the embedded database has one connection, and they need it more. */
const GATHER_MS = 50;

/** In the transaction of the change; told when that is there. */
export async function oweFacts<K extends FactKind>(
  context: UsersContext,
  tx: Transaction,
  type: K,
  all: readonly Kept<K>[],
): Promise<void> {
  if (context.env.FACTS === "off" || all.length === 0) return;
  const rows = JSON.stringify(all.map((data) => ({ key: newId(), data: JSON.stringify(data) })));
  await context.db.sequelize.query(
    `INSERT INTO owed_facts (fact_key, type, data)
     SELECT row->>'key', $1, row->>'data' FROM json_array_elements($2::json) WITH ORDINALITY AS rows (row, i) ORDER BY i`,
    { bind: [type, rows], transaction: tx },
  );
  tx.afterCommit(() => tellings.get(context)?.soon());
}

export const oweFact = <K extends FactKind>(context: UsersContext, tx: Transaction, type: K, data: Kept<K>) =>
  oweFacts(context, tx, type, [data]);

/** Of the time, which ends what was done for a while, as of the operators. */
export const actorOf = ({ caller }: Meta): number => (caller ?? operator).userId;

interface Row {
  readonly n: string;
  readonly fact_key: string;
  readonly type: FactKind;
  readonly data: string;
  readonly at: Date;
}

const happened = ({ fact_key: key, type, data, at }: Row): Happened => ({
  ...{ type, key, at: at.toISOString() },
  data: JSON.parse(data) as Happened["data"],
});

type Record = ReturnType<typeof recorder>;

/**
 * Oldest first. What is told again, after a crash between the two steps or by two nodes at once, the log has already.
 * @returns whether there is more
 */
async function tellSome({ db }: UsersContext, record: Record): Promise<boolean> {
  const rows = await db.work((transaction) =>
    db.sequelize.query<Row>(`SELECT * FROM owed_facts ORDER BY n LIMIT ${AT_ONCE}`, {
      type: QueryTypes.SELECT,
      transaction,
    }),
  );
  if (rows.length === 0) return false;
  await record(rows.map(happened));
  await db.work((transaction) =>
    db.sequelize.query("DELETE FROM owed_facts WHERE n = ANY ($1::bigint[])", {
      bind: [rows.map(({ n }) => n)],
      transaction,
    }),
  );
  return rows.length === AT_ONCE;
}

const tellings = new WeakMap<UsersContext, Telling>();

export function openFacts(context: UsersContext): void {
  if (context.env.FACTS === "off") return;
  const record = recorder(context.broker);
  tellings.set(
    context,
    new Telling(context.logger, "the log of facts", AGAIN_MS, async () => {
      await sleep(GATHER_MS);
      return tellSome(context, record);
    }),
  );
}
export const closeFacts = async (context: UsersContext): Promise<void> => tellings.get(context)?.stop();
