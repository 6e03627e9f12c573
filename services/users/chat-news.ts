/**
 * What chat must learn of accounts and block lists. It is stored with the change itself and goes when chat has it, so that
 * no outage loses it; chat is told that there is something new and asks what, so that the order of telling means nothing.
 */
import { QueryTypes, type Transaction } from "sequelize";
import { codeOf } from "../../contracts/errors";
import { call, publish } from "../../platform/bus";
import { newId } from "../../platform/id";
import { Telling } from "../../platform/telling";
import { type UsersContext } from "./context";

/** How often what was left is told again, and how much of it at most. */
const AGAIN_MS = 10_000;
const AT_ONCE = 200;
const TELL_MS = 5_000;
/** Refused so often in a row, chat is away. */
const AWAY = 3;
/** In place of the other one, where the account itself has changed. */
const ITSELF = 0;

export interface News {
  readonly user_id: number;
  /** Whom the user has blocked or blocks no more; 0 where their account was banned, deleted or is back. */
  readonly other_id: number;
  /** Names this change: a later one of the same two is told by itself. */
  readonly change: string;
}

/** In the transaction of the change. */
export async function oweChat(
  { db }: UsersContext,
  tx: Transaction,
  user_id: number,
  other_id = ITSELF,
): Promise<News> {
  const change = newId();
  await db.sequelize.query(
    `INSERT INTO chat_news (user_id, other_id, change) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, other_id) DO UPDATE SET change = $3`,
    { bind: [user_id, other_id, change], transaction: tx },
  );
  return { user_id, other_id, change };
}

/** After that transaction. @throws UNAVAILABLE: it is told later */
export async function tellChat(context: UsersContext, news: News): Promise<void> {
  const { broker, db } = context;
  const { user_id: userId, other_id: blockedId, change } = news;
  if (blockedId === ITSELF) await call(broker, "chat.accountChanged", { userId }, { timeout: TELL_MS });
  else {
    await call(broker, "chat.applyBlock", { userId, blockedId }, { timeout: TELL_MS });
    await publish(broker, "users.blockChanged", { userId, blockedId, blocked: await blocks(context, news) });
  }
  await db.work((tx) =>
    db.sequelize.query("DELETE FROM chat_news WHERE user_id = $1 AND other_id = $2 AND change = $3", {
      bind: [userId, blockedId, change],
      transaction: tx,
    }),
  );
}

async function blocks({ db, Block }: UsersContext, { user_id, other_id: blocked_id }: News): Promise<boolean> {
  return db.work(async (tx) => (await Block.count({ where: { user_id, blocked_id }, transaction: tx })) > 0);
}

/** The longest untold first; who was refused stands behind all others. */
async function owed({ db }: UsersContext): Promise<News[]> {
  return db.work((tx) =>
    db.sequelize.query<News>(
      `UPDATE chat_news SET told_at = now() WHERE (user_id, other_id) IN
         (SELECT user_id, other_id FROM chat_news ORDER BY told_at LIMIT ${AT_ONCE})
       RETURNING user_id, other_id, change`,
      { type: QueryTypes.SELECT, transaction: tx },
    ),
  );
}

/** @returns whether there is more to tell now */
async function tellSome(context: UsersContext, stopped: () => boolean): Promise<boolean> {
  let [told, refused] = [0, 0];
  for (const news of await owed(context)) {
    if (stopped() || refused === AWAY) return false;
    try {
      await tellChat(context, news);
      told++;
      refused = 0;
    } catch (error) {
      context.logger.debug(`chat does not learn of ${news.user_id}: ${codeOf(error)}`);
      refused++;
    }
  }
  return told === AT_ONCE;
}

const tellings = new WeakMap<UsersContext, Telling>();

export const openChatNews = (context: UsersContext): void =>
  void tellings.set(
    context,
    new Telling(context.logger, "what chat must learn", AGAIN_MS, (stopped) => tellSome(context, stopped)),
  );
export const closeChatNews = async (context: UsersContext): Promise<void> => tellings.get(context)?.stop();

/** Behind whoever made the news: they don't wait for it. */
export const tellChatSoon = (context: UsersContext): void => tellings.get(context)?.soon();
