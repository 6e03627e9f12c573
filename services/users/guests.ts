/** Guests: made for one conversation, and shut when their time is over. */
import { type Transaction } from "sequelize";
import { Op } from "sequelize";
import { type Tokens } from "../../contracts/users";
import { createUser, eraseUser } from "./accounts";
import { oweChat, tellChatSoon } from "./chat-news";
import { clock, existingUser, rolesOf, type UsersContext } from "./context";
import { announceChange } from "./cuts";
import { oweFact } from "./facts";
import { type UserRow } from "./models";
import { checkedName, ownUser } from "./profiles";
import { cutSessions, openSession } from "./session-store";

const HOUR = 3_600_000;
const AT_ONCE = 500;

export interface Wanted {
  readonly conversationId: string;
  readonly username: string;
  readonly hours: number;
}

/**
 * The account first, then its place, and only then a way in: whatever breaks off in between leaves nobody who could do
 * anything.
 * @param join adds the guest to the conversation, with the rights of whoever asked
 */
export async function makeGuest(
  context: UsersContext,
  { conversationId, username, hours }: Wanted,
  join: (userId: number) => Promise<unknown>,
): Promise<Tokens> {
  const name = checkedName(username);
  const { user_id } = await context.db.work((tx) =>
    createUser(context, tx, { username: name, email: null, password_hash: null }),
  );
  try {
    await join(user_id);
  } catch (error) {
    await context.db.work((tx) => eraseUser(context, tx, user_id));
    throw error;
  }
  return context.db.work(async (tx) => {
    const guest_until = new Date((await clock(context, tx)).getTime() + hours * HOUR);
    const guest = { guest_of: conversationId, guest_until };
    await context.User.update(guest, { where: { user_id }, transaction: tx });
    return openSession(context, tx, await existingUser(context, tx, user_id));
  });
}

async function shut(context: UsersContext, tx: Transaction, userId: number) {
  const where = { user_id: userId };
  await context.User.update(
    { status: "deactivated", updated_at: await clock(context, tx) },
    { where, transaction: tx },
  );
  await oweFact(context, tx, "user.deactivated", { userId });
  await cutSessions(context, tx, where);
  await oweChat(context, tx, userId);
  return ownUser(await existingUser(context, tx, userId), await rolesOf(context, tx, userId));
}

/** Their tokens are over by then; the account is shut, so that others see it. Its messages keep the name. */
export async function endGuests(context: UsersContext): Promise<void> {
  const found = await context.db.work(async (transaction) => {
    const where = { status: "active" as const, guest_until: { [Op.lt]: await clock(context, transaction) } };
    return context.User.findAll({ where, attributes: ["user_id"], limit: AT_ONCE, transaction, raw: true });
  });
  for (const { user_id } of found as unknown as Pick<UserRow, "user_id">[])
    await announceChange(context, await context.db.work((tx) => shut(context, tx, user_id)));
  if (found.length > 0) tellChatSoon(context);
}
