/** What the hook before sending makes of a profile: refused, as it was, or changed. */
import { type Params } from "../../contracts/actions";
import { type Caller } from "../../contracts/caller";
import { beforeHookOf } from "../../platform/before-hook";
import { type UsersContext } from "./context";

type Profile = Params<"users.update">;

export async function judgedProfile({ broker }: UsersContext, { userId }: Caller, p: Profile): Promise<Profile> {
  const hook = beforeHookOf(broker);
  if (!hook) return p;
  const { id = userId, group_invites: _, ...asked } = p;
  const { change } = await hook.ask("profile", { userId, profileOf: id, ...asked });
  const { username, custom } = change;
  return { ...p, ...(username === undefined ? {} : { username }), ...(custom ? { custom } : {}) };
}

/** The name of an account that is made: refused, as it was, or changed. */
export async function judgedName({ broker }: UsersContext, username: string): Promise<string> {
  const verdict = await beforeHookOf(broker)?.ask("profile", { userId: null, username });
  return verdict?.change.username ?? username;
}
