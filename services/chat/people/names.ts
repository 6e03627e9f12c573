/** The names of users, copied in from the users service, refreshed by its facts and, as one may be lost, after a while. */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { DELETED_NAME, type PublicUser } from "../../../contracts/shapes";
import { atMost } from "../../../platform/caches";
import { call } from "../../../platform/bus";
import { type Mentioned } from "../conversation/commands";
import { isLarge } from "../conversation/large";
import { mentionsIn } from "../conversation/mentions";

const KEPT = 50_000;
const AT_ONCE = 5_000;
const FRESH_MS = 5 * 60_000;

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
  /** An old name is better than none: it stays while the users service is away. */
  private readonly known: LRUCache<number, PublicUser>;

  constructor(
    private readonly broker: ServiceBroker,
    now?: () => number,
  ) {
    const clock = now ? { perf: { now }, ttlResolution: 0 } : {};
    this.known = new LRUCache({ ...atMost(KEPT), ttl: FRESH_MS, allowStale: true, noDeleteOnStaleGet: true, ...clock });
  }

  changed(profile: PublicUser): void {
    this.known.set(profile.user_id, profile);
  }

  async of(userIds: readonly number[]): Promise<Map<number, PublicUser>> {
    const missing = userIds.filter((id) => !this.isFresh(id));
    if (missing.length)
      try {
        // What was told while this was asked is newer.
        const found = await this.anew(missing);
        for (const id of missing) if (!this.isFresh(id)) this.changed(found.get(id) ?? nobody(id));
      } catch (error) {
        if (missing.some((id) => this.known.get(id) === undefined)) throw error;
      }
    return new Map(userIds.map((id) => [id, this.known.get(id) ?? nobody(id)]));
  }

  /**
   * Whom a text mentions, of those in a conversation. To look for ten thousand names in every text would cost the others
   * their time: in a large group `mentions` alone names people.
   */
  async namedIn(
    content: string,
    conversation: Parameters<typeof isLarge>[0],
  ): Promise<Pick<Mentioned, "named" | "all">> {
    const people = isLarge(conversation) ? [] : [...(await this.of(conversation.participants)).values()];
    const { users, all } = mentionsIn(content, people);
    return { named: users, all };
  }

  /** Not from the copy: for what is decided by them. Users who are not there are left out. */
  async anew(userIds: readonly number[]): Promise<Map<number, PublicUser>> {
    const profiles: PublicUser[] = [];
    for (let i = 0; i < userIds.length; i += AT_ONCE)
      profiles.push(...(await call(this.broker, "users.profiles", { ids: userIds.slice(i, i + AT_ONCE) })));
    return new Map(profiles.map((profile) => [profile.user_id, profile]));
  }

  /** Those of the users who can lead no group: their account is deleted or banned. */
  async inactive(userIds: readonly number[]): Promise<number[]> {
    const profiles = await this.anew(userIds);
    return userIds.filter((id) => profiles.get(id)?.status !== "active");
  }

  private isFresh(userId: number): boolean {
    return this.known.getRemainingTTL(userId) > 0;
  }
}
