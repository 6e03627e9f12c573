/**
 * Deleted accounts: what they kept for themselves goes, their name from what others are told, and, where that was asked for,
 * what they wrote. It is owed in the transaction that deletes the account; then what there is of it is
 * counted and noted, taken away in steps that come to the same when they are done again, and counted once more: the proof.
 */
import { QueryTypes, type Transaction } from "sequelize";
import { type Params } from "../../contracts/actions";
import { type Caller, isOperator } from "../../contracts/caller";
import { type Erasure, type Traces } from "../../contracts/erasure";
import { fail } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { Telling } from "../../platform/telling";
import { ofUser, record } from "./audit";
import { whereOf } from "./conditions";
import { type UsersContext } from "./context";

const AGAIN_MS = 10_000;
/** Another node has it in hand for so long; what is on hold is looked at again then. */
const CLAIM = "2 minutes";
const HELD = "10 minutes";
const STEPS = 1_000;
const MOST_PLACES = 1_000;
const services = ["chat", "uploads", "notifications"] as const;
/** Files go when no message of the account has them any more. */
const always = ["chat.forget", "uploads.erase", "notifications.erase"] as const;
const withWords = ["chat.forget", "chat.erase", "uploads.erase", "notifications.erase"] as const;
/** What stays where the words do. */
const inWords: ReadonlySet<string> = new Set(["messages", "conversations", "reactions", "votes"]);

interface Row {
  readonly user_id: number;
  readonly requested_by: number;
  readonly requested_at: Date;
  readonly held: boolean;
  readonly words: boolean;
  readonly found: string | null;
  readonly remaining: string | null;
  readonly finished_at: Date | null;
}

/** Whether what the account wrote goes with it. @throws FORBIDDEN where that is not for members to say */
export function erasesWords({ env }: UsersContext, caller: Caller, asked: boolean): boolean {
  if (env.ACCOUNT_ERASURE === "erase") return true;
  if (asked && env.ACCOUNT_ERASURE === "anonymise" && !isOperator(caller) && !caller.roles.includes("admin"))
    throw fail("FORBIDDEN", "What you wrote stays here under a deleted user; ask the admins.");
  return asked;
}

/**
 * Without `words` what they kept for themselves goes, and their name. A node of an earlier version knows of no such: it
 * looks at `due_at`, and finds it never.
 */
export async function oweErasure(
  context: UsersContext,
  tx: Transaction,
  { userId, by, words }: { userId: number; by: number; words: boolean },
): Promise<void> {
  const due = words ? "clock_timestamp()" : "'infinity'";
  await context.db.sequelize.query(
    `INSERT INTO erasures (user_id, requested_by, words, due_at) VALUES ($1, $2, $3, ${due})
     ON CONFLICT (user_id) DO NOTHING`,
    { bind: [userId, by, words], transaction: tx },
  );
  tx.afterCommit(() => workers.get(context)?.soon());
}

const parsed = (text: string | null): Traces | null => (text === null ? null : (JSON.parse(text) as Traces));

const shown = (row: Row): Erasure => ({
  user_id: row.user_id,
  requested_by: row.requested_by,
  requested_at: row.requested_at.toISOString(),
  state: row.finished_at ? "done" : row.held ? "held" : "waiting",
  finished_at: row.finished_at?.toISOString() ?? null,
  words: row.words,
  found: parsed(row.found),
  left: parsed(row.remaining),
});

export async function listedErasures(
  { db }: UsersContext,
  tx: Transaction,
  { limit, of, before }: Params<"users.erasures">,
): Promise<Erasure[]> {
  const { where, values } = whereOf([
    ["user_id = $?", of],
    ["requested_at < $?", before],
  ]);
  const rows = await db.sequelize.query<Row>(
    `SELECT * FROM erasures ${where} ORDER BY requested_at DESC, user_id DESC LIMIT $1`,
    { bind: [limit, ...values], type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.map(shown);
}

async function claimed({ db }: UsersContext): Promise<Row | undefined> {
  const [row] = await db.work((transaction) =>
    db.sequelize.query<Row>(
      `UPDATE erasures SET next_at = clock_timestamp() + interval '${CLAIM}' WHERE user_id IN
         (SELECT user_id FROM erasures WHERE finished_at IS NULL AND next_at <= clock_timestamp()
          ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING *`,
      { type: QueryTypes.SELECT, transaction },
    ),
  );
  return row;
}

async function tracesOf({ broker }: UsersContext, userId: number): Promise<Traces> {
  const all: Traces = { counts: {}, places: [] };
  for (const service of services)
    await inSteps(async (from) => {
      const { counts, places, next } = await call(broker, `${service}.traces`, { userId, ...from });
      for (const [kind, n] of Object.entries(counts)) all.counts[kind] = (all.counts[kind] ?? 0) + n;
      all.places.push(...places.slice(0, MOST_PLACES - all.places.length));
      return next;
    });
  return all;
}

/** Each step goes on where the one before it says; none where it says nothing. */
async function inSteps(step: (from: { from?: string }) => Promise<string | undefined>): Promise<void> {
  for (let from = await step({}); from !== undefined; from = await step({ from }));
}

/** Files that stand in messages of others are theirs to keep. */
const anyOf = ({ counts: { shared_files: _, ...own } }: Traces, words: boolean): boolean =>
  Object.entries(own).some(([kind, n]) => n > 0 && (words || !inWords.has(kind)));

const set = ({ db }: UsersContext, userId: number, fields: string, values: readonly unknown[]): Promise<unknown> =>
  db.work((transaction) =>
    db.sequelize.query(`UPDATE erasures SET ${fields} WHERE user_id = $1`, { bind: [userId, ...values], transaction }),
  );

/** @returns whether something is on hold */
async function takeAway(
  { broker }: UsersContext,
  { user_id: userId, words }: Row,
  stopped: () => boolean,
): Promise<boolean> {
  let isHeld = false;
  for (const action of words ? withWords : always) {
    let from: { from?: string } = {};
    for (let step = 0; step < STEPS && !stopped(); step++) {
      const { done, held, next } = await call(broker, action, { userId, ...from });
      isHeld ||= held;
      if (done) break;
      from = next === undefined ? {} : { from: next };
    }
  }
  return isHeld;
}

async function finish(context: UsersContext, row: Row, found: Traces, left: Traces): Promise<void> {
  await context.db.work(async (tx) => {
    const [done] = await context.db.sequelize.query(
      `UPDATE erasures SET finished_at = clock_timestamp(), held = false, remaining = $2
       WHERE user_id = $1 AND finished_at IS NULL RETURNING user_id`,
      { bind: [row.user_id, JSON.stringify(left)], type: QueryTypes.SELECT, transaction: tx },
    );
    if (!done) return; // another node was first
    if (!row.words) return; // that the account was deleted is told, and that its words stay
    const details = { found: found.counts, left: left.counts, requestedBy: row.requested_by };
    await record(context, tx, {}, { event: "account.erased", target: ofUser(row.user_id), details });
  });
}

/** One account, or as much of it as can go now. @returns whether there may be another one to do */
async function eraseOne(context: UsersContext, stopped: () => boolean): Promise<boolean> {
  const row = await claimed(context);
  if (!row) return false;
  const userId = row.user_id;
  let found = parsed(row.found);
  if (!found) {
    found = await tracesOf(context, userId);
    await set(context, userId, "found = $2", [JSON.stringify(found)]);
  }
  const held = await takeAway(context, row, stopped);
  if (stopped()) return false;
  const left = await tracesOf(context, userId);
  if (!anyOf(left, row.words)) await finish(context, row, found, left);
  else {
    const rest = `held = $2, remaining = $3, next_at = clock_timestamp() + interval '${HELD}'`;
    await set(context, userId, rest, [held, JSON.stringify(left)]);
  }
  return true;
}

const workers = new WeakMap<UsersContext, Telling>();

export const openErasures = (context: UsersContext): void =>
  void workers.set(
    context,
    new Telling(context.logger, "the erasure of an account", AGAIN_MS, (stopped) => eraseOne(context, stopped)),
  );
export const closeErasures = async (context: UsersContext): Promise<void> => workers.get(context)?.stop();
