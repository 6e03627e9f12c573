/** The names of users, copied in from the users service and refreshed by its facts: never asked for twice in a row. */
import { type ServiceBroker } from "moleculer";
import { DELETED_NAME, type PublicUser } from "../../../contracts/shapes";
import { call } from "../../../platform/bus";

const KEPT = 50_000;

/** What is shown of someone whose account is gone. */
export const nobody = (user_id: number): PublicUser => ({
  user_id,
  username: DELETED_NAME,
  avatar_url: null,
  status: "deleted",
  custom: {},
  created_at: new Date(0).toISOString(),
});

export class Names {
  private readonly known = new Map<number, PublicUser>();

  constructor(private readonly broker: ServiceBroker) {}

  changed(profile: PublicUser): void {
    if (this.known.has(profile.user_id)) this.keep(profile);
  }

  async of(userIds: readonly number[]): Promise<Map<number, PublicUser>> {
    const missing = userIds.filter((id) => !this.known.has(id));
    if (missing.length)
      for (const profile of await call(this.broker, "users.profiles", { ids: [...missing] })) this.keep(profile);
    return new Map(userIds.map((id) => [id, this.known.get(id) ?? nobody(id)]));
  }

  private keep(profile: PublicUser): void {
    this.known.set(profile.user_id, profile);
    if (this.known.size <= KEPT) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
