/** Who somebody is: to oneself, to others, to other services. */
import { QueryTypes } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { customAfter } from "../../../contracts/custom";
import { badField, codeOf, fail } from "../../../contracts/errors";
import { type PublicUser } from "../../../contracts/shapes";
import { call } from "../../../platform/bus";
import { act, type Ctx } from "../../../platform/service";
import { judgedProfile } from "../judged";
import { changeProfile, eraseUser } from "../accounts";
import { shownToken } from "../api-tokens";
import { ofUser, record } from "../audit";
import { cursorOf, placeOf } from "../cursors";
import { tellChatSoon } from "../chat-news";
import { announceChange, announceCut } from "../cuts";
import { erasesWords, listedErasures, oweErasure } from "../erasures";
import { contextOf, existingUser, rolesOf, type UsersContext } from "../context";
import { botsOf, tokensOfHousehold } from "../household";
import { type UserRow } from "../models";
import { checkedName, ownUser, prefixQuery, publicUser, soughtWords } from "../profiles";
import { keepAnAdmin, mayManage } from "../roles";
import { blocksOf } from "./blocks";
import { sessionsOf } from "./sessions";

async function profilesOf(context: UsersContext, ids: readonly number[]): Promise<PublicUser[]> {
  const where = { user_id: [...new Set(ids)] };
  const users = await context.db.work((tx) => context.User.findAll({ where, transaction: tx, raw: true }));
  return (users as unknown as UserRow[]).map(publicUser);
}

/**
 * An uploaded image: everybody who sees the profile may open it from now on.
 * @throws BAD_REQUEST for a file that is not the caller's, or none, or no image; as for the picture of a group
 */
async function openAvatar(ctx: Ctx, url: string | null | undefined): Promise<void> {
  if (!/^\/files\/[0-9a-f]{24}$/.test(url ?? "")) return;
  await call(ctx, "uploads.publish", { url: url ?? "" }).catch((error: unknown) => {
    throw codeOf(error) === "NOTFOUND" ? badField("avatar_url", "file", "There is no such file.") : error;
  });
}

/** A guest sees the people of the one conversation, and nobody else. */
async function inSight(ctx: Ctx, { guestOf, userId }: Caller, ids: readonly number[]): Promise<readonly number[]> {
  if (guestOf === undefined) return ids;
  const conversation = await call(ctx, "chat.get", { conversationId: guestOf }).catch((error: unknown) => {
    if (codeOf(error) === "NOTFOUND" || codeOf(error) === "FORBIDDEN") return undefined; // they were removed
    throw error;
  });
  const people = new Set([userId, ...(conversation?.participants ?? [])]);
  return ids.filter((id) => people.has(id));
}

export const profileActions = {
  me: act("users.me", function (caller) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      const user = await existingUser(context, tx, caller.userId);
      return ownUser(user, await rolesOf(context, tx, user.user_id));
    });
  }),

  get: act("users.get", async function (caller, { id }, ctx) {
    const context = contextOf(this);
    if ((await inSight(ctx, caller, [id])).length === 0) throw fail("NOTFOUND", "There is no such user.");
    const user = await context.db.work((tx) => context.User.findByPk(id, { transaction: tx, raw: true }));
    if (!user) throw fail("NOTFOUND", "There is no such user.");
    return publicUser(user as unknown as UserRow);
  }),

  update: act("users.update", async function (caller, given, ctx) {
    const context = contextOf(this);
    const asked = await judgedProfile(context, caller, given);
    const { id = caller.userId, username, avatar_url, group_invites, custom } = asked;
    const change = {
      ...(username === undefined ? {} : { username: checkedName(username) }),
      ...(group_invites === undefined ? {} : { group_invites }),
      ...(avatar_url === undefined ? {} : { avatar_url: avatar_url || null }),
    };
    await openAvatar(ctx, change.avatar_url);
    const user = await context.db.work(async (tx) => {
      const before = await existingUser(context, tx, id);
      await mayManage(context, tx, caller, before);
      const own = custom === undefined ? {} : { custom: customAfter(before.custom, custom, context.customCheck) };
      await changeProfile(context, tx, before, { ...change, ...own });
      const changed = ownUser(await existingUser(context, tx, id), await rolesOf(context, tx, id));
      const told = { target: ofUser(id), details: { fields: Object.keys({ ...change, ...own }) } };
      if (id !== caller.userId) await record(context, tx, ctx.meta, { event: "account.changed", ...told });
      return changed;
    });
    await announceChange(context, user);
    return user;
  }),

  delete: act("users.delete", async function (caller, { id, erase = false }, ctx) {
    const context = contextOf(this);
    const withWords = erasesWords(context, caller, erase);
    const erased = await context.db.work(async (tx) => {
      await mayManage(context, tx, caller, await existingUser(context, tx, id));
      await keepAnAdmin(context, tx, id);
      const bots = await botsOf(context, tx, id);
      const all = [];
      for (const userId of [...bots.map((bot) => bot.user_id), id]) {
        all.push(await eraseUser(context, tx, userId));
        await oweErasure(context, tx, { userId, by: caller.userId, words: withWords });
      }
      const told = { target: ofUser(id), details: { bots: bots.map((bot) => bot.user_id), erase: withWords } };
      await record(context, tx, ctx.meta, { event: "account.deleted", ...told });
      return all;
    });
    for (const { userId, at, profile } of erased) {
      await announceCut(context, { userId, at });
      await announceChange(context, profile);
    }
    tellChatSoon(context);
    return {};
  }),

  erasures: act("users.erasures", function (_caller, params) {
    const context = contextOf(this);
    return context.db.work((tx) => listedErasures(context, tx, params));
  }),

  export: act("users.export", async function (caller, _params, ctx) {
    const context = contextOf(this);
    const blocked = await blocksOf(context, caller.userId);
    return context.db.work(async (tx) => {
      const user = await existingUser(context, tx, caller.userId);
      const kept = {
        user: ownUser(user, await rolesOf(context, tx, user.user_id)),
        sessions: await sessionsOf(context, tx, caller),
        blocked,
        api_tokens: (await tokensOfHousehold(context, tx, caller.userId)).map(shownToken),
        bots: (await botsOf(context, tx, caller.userId)).map(publicUser),
      };
      await record(context, tx, ctx.meta, { event: "account.exported", target: ofUser(user.user_id) });
      return kept;
    });
  }),

  search: act("users.search", function (_caller, { q, limit, cursor }) {
    const context = contextOf(this);
    const words = soughtWords(q);
    if (words.length === 0) return [];
    const [key, id] = cursor === undefined ? ["", 0] : placeOf(cursor);
    return context.db.work(async (tx) => {
      const rows = await context.db.sequelize.query<UserRow>(
        `SELECT * FROM users WHERE name_words @@ $1::tsquery AND status = 'active' AND guest_of IS NULL
           AND (name_key COLLATE "C", user_id) > ($2 COLLATE "C", $3)
         ORDER BY name_key COLLATE "C", user_id LIMIT $4`,
        { bind: [prefixQuery(words), key, id, limit], type: QueryTypes.SELECT, transaction: tx },
      );
      return rows.map((row) => ({ ...publicUser(row), cursor: cursorOf([row.name_key, row.user_id]) }));
    });
  }),

  batch: act("users.batch", async function (caller, { ids }, ctx) {
    const seen = await inSight(ctx, caller, ids);
    const found = new Map((await profilesOf(contextOf(this), seen)).map((user) => [user.user_id, user]));
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
  }),

  mailable: act("users.mailable", async function (_caller, { userId }) {
    const context = contextOf(this);
    const where = { user_id: userId, status: "active" };
    const row = (await context.db.work((tx) =>
      context.User.findOne({ where, transaction: tx, raw: true }),
    )) as UserRow | null;
    return row?.email && row.email_verified_at ? { email: row.email, username: row.username } : null;
  }),

  profiles: act("users.profiles", function (_caller, { ids }) {
    return profilesOf(contextOf(this), ids);
  }),
};
