/** Tells the devices of those who listen what became of their notifications; for all others nothing is encoded. */
import { type Service } from "moleculer";
import { emitAll, type Emission, toUsers } from "../../mixins/delivery";
import { directoryOf } from "../../mixins/directory";
import { type NotificationDoc } from "./documents";
import { idFor } from "./ids";
import { type Cursor, isRead, START, view } from "./marks";
import { type PushDispatcher } from "./push/dispatcher";

/** Events of one change: beyond these the new count has to do. */
export const MOST_EVENTS = 500;

type Told = Pick<NotificationDoc, "_id">;

export class Teller {
  constructor(
    private readonly service: Service,
    /** What is on its way to their phones goes, too. */
    private readonly push: PushDispatcher | undefined,
  ) {}

  hears(userId: number): boolean {
    return directoryOf(this.service).hears(userId);
  }

  created(doc: NotificationDoc, users: readonly number[]): void {
    this.each("notification:created", doc, users, () => false);
  }

  /** @param places of those who listen: how far each is */
  async updated(doc: NotificationDoc, places: ReadonlyMap<number, Cursor>): Promise<void> {
    const users = [...places.keys()].filter((id) => !doc.deleted_by.includes(id));
    this.each("notification:updated", doc, users, (id) => isRead(doc, id, places.get(id) ?? START));
    await this.push?.rewrite(doc._id, doc);
  }

  async deleted(doc: Told, users: readonly number[]): Promise<void> {
    this.emit(
      users.filter((id) => this.hears(id)),
      (id) => toUsers("/notifications", "notification:deleted", [id], { notificationId: idFor(doc._id, id) }),
    );
    await this.push?.drop(users.map((id) => idFor(doc._id, id)));
  }

  /** These of one user. */
  async read(userId: number, docs: readonly Told[]): Promise<void> {
    const ids = docs.map((doc) => idFor(doc._id, userId));
    if (this.hears(userId))
      this.emit(ids, (notificationId) =>
        toUsers("/notifications", "notification:read", [userId], { notificationId, is_read: true }),
      );
    await this.push?.drop(ids);
  }

  async gone(userId: number, docs: readonly Told[]): Promise<void> {
    const ids = docs.map((doc) => idFor(doc._id, userId));
    if (this.hears(userId))
      this.emit(ids, (notificationId) =>
        toUsers("/notifications", "notification:deleted", [userId], { notificationId }),
      );
    await this.push?.drop(ids);
  }

  /** What they have in common is encoded once. */
  private each(
    event: "notification:created" | "notification:updated",
    doc: NotificationDoc,
    users: readonly number[],
    isReadBy: (userId: number) => boolean,
  ): void {
    const hearing = users.filter((id) => this.hears(id));
    if (hearing.length === 0) return;
    const { _id, user_id, is_read, ...common } = view(doc, 0, START);
    const rest = JSON.stringify(common).slice(1);
    this.emit(hearing, (id) => {
      const own = `{"_id":"${idFor(doc._id, id)}","user_id":${id},"is_read":${isReadBy(id)},`;
      return { namespace: "/notifications", event, body: own + rest, to: "users", users: [id] };
    });
  }

  private emit<T>(items: readonly T[], emission: (item: T) => Emission): void {
    if (items.length) emitAll(this.service, items.slice(0, MOST_EVENTS).map(emission));
  }
}
