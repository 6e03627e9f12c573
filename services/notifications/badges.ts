/** The badge: how many unread notifications a user has, always counted in the store, told to all their devices. */
import { type Service } from "moleculer";
import { toWire } from "../../contracts/errors";
import { emitAll, toUsers } from "../../mixins/delivery";
import { directoryOf } from "../../mixins/directory";
import { type Documents } from "../../mixins/documents";
import { type NotificationDoc } from "./documents";

/** Users counted at once. */
const GROUP = 200;
/** Another node may have counted earlier and told later: with siblings, what was told is checked once more. */
const SETTLE = 1_000;

/** Missing from Moleculer's type file. */
interface Registry {
  readonly services: { list(options: { onlyAvailable: boolean }): readonly { name: string }[] };
}

export class Badges {
  private readonly stale = new Set<number>();
  private readonly settling = new Set<number>();
  private working: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Service,
    private readonly notifications: () => Documents<NotificationDoc>,
  ) {}

  count(userId: number): Promise<number> {
    return this.notifications().count({ user_id: userId, is_read: false });
  }

  /**
   * Tells these users' devices their count, of after this call. One after the other, so that no older count of this
   * node overtakes a newer one.
   */
  tell(userIds: Iterable<number>): Promise<void> {
    this.mark(userIds);
    if (this.hasSiblings()) this.settle(userIds);
    return this.work();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private mark(userIds: Iterable<number>): void {
    const directory = directoryOf(this.service);
    for (const id of userIds) if (directory.hears(id)) this.stale.add(id);
  }

  private work(): Promise<void> {
    return (this.working ??= this.drain().finally(() => (this.working = undefined)));
  }

  private async drain(): Promise<void> {
    while (this.stale.size > 0) {
      const users = [...this.stale].slice(0, GROUP);
      for (const id of users) this.stale.delete(id);
      try {
        const counts = await Promise.all(users.map((id) => this.count(id)));
        const emissions = counts.map((count, i) =>
          toUsers("/notifications", "notification:count", users.slice(i, i + 1), { count }),
        );
        emitAll(this.service, emissions);
      } catch (error) {
        // The next change tells the right count again.
        this.service.logger.warn(`Badges could not be counted: ${toWire(error).code}`);
      }
    }
  }

  private settle(userIds: Iterable<number>): void {
    for (const id of userIds) this.settling.add(id);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.mark(this.settling);
      this.settling.clear();
      void this.work();
    }, SETTLE).unref();
  }

  private hasSiblings(): boolean {
    const { services } = this.service.broker.registry as Registry;
    return services.list({ onlyAvailable: true }).filter(({ name }) => name === this.service.name).length > 1;
  }
}
