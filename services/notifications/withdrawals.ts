/** Messages that were deleted: their notifications are taken back, and none is made of them any more. */
import { type Emission, toUsers } from "../../mixins/delivery";
import { type Documents } from "../../mixins/documents";
import { goneNow, type NotificationDoc } from "./documents";
import { type Badges } from "./badges";
import { type MessageFact, sourcesOfMessage } from "./sources";

/** Deleted messages whose facts may still be on their way. */
const REMEMBERED = 10_000;

interface Told {
  readonly badges: Badges;
  emit(emissions: readonly Emission[]): void;
}

export class Withdrawals {
  private readonly deleted = new Set<string>();

  constructor(
    private readonly told: Told,
    private readonly notifications: () => Documents<NotificationDoc>,
  ) {}

  /** The fact without what was deleted since it was told. */
  without(fact: MessageFact): MessageFact {
    if (!fact.messages.some(({ _id }) => this.deleted.has(_id))) return fact;
    return { ...fact, messages: fact.messages.filter(({ _id }) => !this.deleted.has(_id)) };
  }

  /** Every node hears of it; only the one that changes a notification tells its user. */
  async withdraw(messageId: string): Promise<void> {
    this.remember(messageId);
    const made = { source: sourcesOfMessage(messageId), deleted_at: { $exists: false } };
    const users: number[] = [];
    for (const { _id, user_id } of await this.notifications().find(made, { fields: ["user_id"] })) {
      if (!(await this.notifications().updateOne({ ...made, _id }, { $set: goneNow() }))) continue;
      this.told.emit([toUsers("/notifications", "notification:deleted", [user_id], { notificationId: _id })]);
      users.push(user_id);
    }
    await this.told.badges.tell(users);
  }

  private remember(messageId: string): void {
    this.deleted.add(messageId);
    if (this.deleted.size <= REMEMBERED) return;
    const [oldest] = this.deleted;
    if (oldest !== undefined) this.deleted.delete(oldest);
  }
}
