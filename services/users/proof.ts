/** That who asks is who signed in, and not somebody at a device left open. */
import { type Caller } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { spendAttempt } from "./attempts";
import { ofUser } from "./audit";
import { clock, existingUser, type UsersContext } from "./context";
import { type SessionRow, type UserRow } from "./models";
import { isForeign } from "./sessions";

/** So long after signing in nothing more is asked. */
const FRESH = 600_000;

/** One's own account, when the password is right. @throws FORBIDDEN, RATE_LIMITED */
export async function proven(context: UsersContext, caller: Caller, password: string): Promise<UserRow> {
  const spent = await context.db.work((tx) => spendAttempt(context, tx, `user ${caller.userId}`, ""));
  if (spent) throw spent.refusal;
  const user = await context.db.work((tx) => existingUser(context, tx, caller.userId));
  if (await context.hasher.matches(password, user.password_hash, ofUser(user.user_id))) return user;
  throw fail("FORBIDDEN", "The password is wrong.");
}

const isFresh = (context: UsersContext, { userId: user_id, sessionId: family_id }: Caller): Promise<boolean> =>
  context.db.work(async (tx) => {
    // Its holder may have a new one made at any time, without having signed in again.
    if (isForeign(family_id)) return false;
    const found = await context.Session.findOne({ where: { user_id, family_id }, transaction: tx, raw: true });
    const session = found as unknown as SessionRow | null;
    return session !== null && (await clock(context, tx)).getTime() - session.created_at.getTime() <= FRESH;
  });

/** Signed in a moment ago, or knows the password. @throws FORBIDDEN with what is required, RATE_LIMITED */
export async function mustBePresent(context: UsersContext, caller: Caller, password?: string): Promise<void> {
  if (password !== undefined) return void (await proven(context, caller, password));
  if (await isFresh(context, caller)) return;
  throw fail("FORBIDDEN", "You signed in a while ago; this asks for your password.", { required: "password" });
}
