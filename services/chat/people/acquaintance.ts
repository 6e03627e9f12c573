/** Who knows whom, and whom one may bring together with oneself. */
import { fail } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { type Ctx } from "../../../platform/service";
import { type Stores } from "../host/stores";

/** Users that are asked about in one call. */
const AT_ONCE = 5_000;

/** An accepted private conversation, or a group in which both have written. */
export async function knowEachOther(stores: Stores, a: number, b: number): Promise<boolean> {
  const both = { $and: [{ participants: a }, { participants: b }], status: "accepted" as const };
  const shared = await stores.conversations.find(both, { fields: ["type", "sent", "blocked_by"] });
  return shared.some(({ type, sent, blocked_by }) =>
    type === "private" ? !blocked_by.length : (sent[a] ?? 0) > 0 && (sent[b] ?? 0) > 0,
  );
}

/** @throws NOTFOUND for users who don't exist, FORBIDDEN for ones that the user has blocked */
export async function between(
  ctx: Ctx,
  userId: number,
  others: readonly number[],
): Promise<{ readonly blockedBy: readonly number[]; readonly reserved: readonly number[] }> {
  if (!others.length) return { blockedBy: [], reserved: [] };
  const found = {
    blockedBy: [] as number[],
    blocking: [] as number[],
    existing: [] as number[],
    reserved: [] as number[],
  };
  for (let i = 0; i < others.length; i += AT_ONCE) {
    const some = await call(ctx, "users.blocksBetween", { userId, others: others.slice(i, i + AT_ONCE) });
    for (const key of Object.keys(found) as (keyof typeof found)[]) found[key].push(...some[key]);
  }
  const existing = new Set(found.existing);
  const missing = others.filter((id) => !existing.has(id));
  if (missing.length) throw fail("NOTFOUND", "There is no such user.", { userIds: missing });
  if (found.blocking.length) throw fail("FORBIDDEN", "You have blocked this user.", { userIds: found.blocking });
  return found;
}

/** How somebody comes into a group: at once, by their own acceptance, or, unknown to who adds them, not at all. */
export type Entry = "added" | "asked" | "unheard";

/** @throws NOTFOUND, FORBIDDEN */
export async function entriesOf(
  ctx: Ctx,
  stores: Stores,
  actor: number,
  others: readonly number[],
): Promise<ReadonlyMap<number, Entry>> {
  const { blockedBy, reserved } = await between(ctx, actor, others);
  const entryOf = async (id: number): Promise<Entry> => {
    if (blockedBy.includes(id)) return "unheard";
    return reserved.includes(id) && !(await knowEachOther(stores, actor, id)) ? "asked" : "added";
  };
  return new Map(await Promise.all(others.map(async (id) => [id, await entryOf(id)] as const)));
}
