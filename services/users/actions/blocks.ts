/** Block lists: kept here, enforced by chat, which keeps a copy in the private conversation of the two. */
import { Op } from "sequelize";
import { badField, fail } from "../../../contracts/errors";
import { MOST } from "../../../contracts/most";
import { act } from "../../../platform/service";
import { oweChat, tellChat } from "../chat-news";
import { existingUser, type UsersContext, contextOf } from "../context";
import { type BlockRow, type UserRow } from "../models";

export function blocksOf(context: UsersContext, userId: number): Promise<{ userId: number; created_at: string }[]> {
  const where = { user_id: userId };
  return context.db.work(async (tx) => {
    const rows = await context.Block.findAll({
      where,
      transaction: tx,
      raw: true,
      order: ["created_at", "blocked_id"],
    });
    return (rows as unknown as BlockRow[]).map((row) => ({
      userId: row.blocked_id,
      created_at: row.created_at.toISOString(),
    }));
  });
}

export const blockActions = {
  block: act("users.block", async function (caller, { userId: blockedId }) {
    const context = contextOf(this);
    if (blockedId === caller.userId) throw badField("userId", "self", "You can't block yourself.");
    const news = await context.db.work(async (tx) => {
      await existingUser(context, tx, blockedId);
      const others = { user_id: caller.userId, blocked_id: { [Op.ne]: blockedId } };
      if ((await context.Block.count({ where: others, transaction: tx })) >= MOST.blocks)
        throw fail("CONFLICT", `No more than ${MOST.blocks} blocked users.`);
      const row = { user_id: caller.userId, blocked_id: blockedId, created_at: new Date() };
      await context.Block.bulkCreate([row], { ignoreDuplicates: true, transaction: tx });
      return oweChat(context, tx, caller.userId, blockedId);
    });
    // Whoever hears UNAVAILABLE may try again or not: it is stored, and chat learns it.
    await tellChat(context, news);
    return {};
  }),

  unblock: act("users.unblock", async function (caller, { userId: blockedId }) {
    const context = contextOf(this);
    const where = { user_id: caller.userId, blocked_id: blockedId };
    const news = await context.db.work(async (tx) => {
      await context.Block.destroy({ where, transaction: tx });
      return oweChat(context, tx, caller.userId, blockedId);
    });
    await tellChat(context, news);
    return {};
  }),

  blocked: act("users.blocked", function (caller) {
    return blocksOf(contextOf(this), caller.userId);
  }),

  blocksOf: act("users.blocksOf", function (_caller, { userId }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      const where = { [Op.or]: [{ user_id: userId }, { blocked_id: userId }] };
      const blocks = (await context.Block.findAll({ where, transaction: tx, raw: true })) as unknown as BlockRow[];
      return {
        blockedBy: blocks.filter((row) => row.blocked_id === userId).map((row) => row.user_id),
        blocking: blocks.filter((row) => row.user_id === userId).map((row) => row.blocked_id),
      };
    });
  }),

  blocksBetween: act("users.blocksBetween", function (_caller, { userId, others }) {
    const context = contextOf(this);
    const among = { [Op.in]: others };
    return context.db.work(async (tx) => {
      const where = {
        [Op.or]: [
          { user_id: userId, blocked_id: among },
          { user_id: among, blocked_id: userId },
        ],
      };
      const blocks = (await context.Block.findAll({ where, transaction: tx, raw: true })) as unknown as BlockRow[];
      // A guest has part in one conversation: for all others there is no such user.
      const alive = { user_id: among, status: { [Op.ne]: "deleted" as const }, guest_of: null };
      const existing = await context.User.findAll({
        where: alive,
        attributes: ["user_id", "group_invites"],
        transaction: tx,
        raw: true,
      });
      const rows = existing as unknown as Pick<UserRow, "user_id" | "group_invites">[];
      return {
        blockedBy: blocks.filter((row) => row.blocked_id === userId).map((row) => row.user_id),
        blocking: blocks.filter((row) => row.user_id === userId).map((row) => row.blocked_id),
        existing: rows.map((row) => row.user_id),
        reserved: rows.filter((row) => row.group_invites === "acquaintances").map((row) => row.user_id),
      };
    });
  }),
};
