/** People who come with a token of another system. */
import { UniqueConstraintError } from "sequelize";
import { type Params } from "../../../contracts/actions";
import { act } from "../../../platform/service";
import { announceChange } from "../cuts";
import { type UsersContext, contextOf, existingUser, rolesOf } from "../context";
import { recognise } from "../foreign";
import { muted } from "../mutes";
import { publicUser } from "../profiles";

const look = (context: UsersContext, vouched: Params<"users.recognise">) =>
  context.db.work(async (tx) => {
    const { user, at, changed } = await recognise(context, tx, vouched);
    const profile = changed ? publicUser(await existingUser(context, tx, user.user_id)) : undefined;
    return { userId: user.user_id, roles: await rolesOf(context, tx, user.user_id), at, profile, muted: muted(user) };
  });

/** Of two that bring the same person for the first time one is second, and finds them. */
async function lookTwice(context: UsersContext, vouched: Params<"users.recognise">) {
  try {
    return await look(context, vouched);
  } catch (error) {
    if (error instanceof UniqueConstraintError) return look(context, vouched);
    throw error;
  }
}

export const foreignActions = {
  recognise: act("users.recognise", async function (_caller, vouched) {
    const context = contextOf(this);
    const { userId, roles, at, profile, muted: silenced } = await lookTwice(context, vouched);
    if (profile) await announceChange(context, profile);
    return { userId, roles, at: at.toISOString(), ...silenced };
  }),
};
