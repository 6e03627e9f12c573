/** Tells every node what changed: sessions to cut (what it misses it learns from `users.revocations`) and profiles. */
import { publish } from "../../platform/bus";
import { type PublicUser } from "../../contracts/shapes";
import { type UsersContext } from "./context";

export interface Cut {
  readonly userId: number;
  /** Only this one; all of the user's where left out. */
  readonly sessionId?: string;
  /** All but this one. */
  readonly except?: string;
  readonly at: Date;
}

/** Of a user and what speaks for them. */
export async function announceCuts(context: UsersContext, cut: Cut, bots: readonly number[]): Promise<void> {
  await announceCut(context, cut);
  for (const userId of bots) await announceCut(context, { userId, at: cut.at });
}

/** Only after the transaction that wrote it: what is not stored is never told. */
export const announceCut = ({ broker }: UsersContext, { at, ...who }: Cut): Promise<void> =>
  publish(broker, "users.revoked", { ...who, at: at.toISOString() });

/** Whoever keeps a copy of a profile hears of its change; nothing but what anyone may see is told. */
export function announceChange({ broker }: UsersContext, user: PublicUser): Promise<void> {
  const { user_id, username, avatar_url, status, custom, created_at } = user;
  return publish(broker, "users.changed", {
    userId: user_id,
    profile: { user_id, username, avatar_url, status, custom, created_at },
  });
}
