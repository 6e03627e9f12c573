/** What the user was told of beside the conversations; the socket for it is opened when somebody looks. */
import { type Connection } from "./connection";
import { type ParamsOf, type ResultOf } from "./questions";
import { Computed, type Readable, sameItems, Writable } from "./observable";
import { type ClientEvents, type Notification, type Preferences, type ServerEvents } from "./protocol";
import { type Rest, type RouteParams, type RouteResult } from "./rest";

type Heard = ServerEvents["/notifications"];
type Space = "/notifications";

const PAGE = 30;
const MOST = 500;

/** The bell, as `chat.notifications`: one's notifications, newest first. */
export class Notifications implements Readable<readonly Notification[]> {
  private readonly byId = new Map<string, Notification>();
  private readonly list: Computed<readonly Notification[]>;
  private readonly badge: Writable<number>;
  private opened = false;
  private all = false;

  /** @internal */
  constructor(
    private readonly connection: Connection,
    private readonly rest: Rest,
  ) {
    const newestFirst = (): Notification[] =>
      [...this.byId.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    this.list = new Computed<readonly Notification[]>(newestFirst, sameItems, (watched) => watched && this.open());
    this.badge = new Writable(0, (watched) => watched && this.open());
  }

  /** Newest first. */
  get value(): readonly Notification[] {
    return this.list.value;
  }

  /** How many are unread. */
  get count(): Readable<number> {
    return this.badge;
  }

  /** True until the oldest is here. */
  get hasMore(): boolean {
    return !this.all;
  }

  /** The first page is loaded when somebody looks. */
  subscribe(run: (notifications: readonly Notification[]) => void): () => void {
    return this.list.subscribe(run);
  }

  /** Older ones. @throws AnyChatError */
  async loadMore(): Promise<void> {
    const last = this.value.at(-1);
    await this.load(last ? { before: last._id } : {});
  }

  /** @throws AnyChatError */
  async read(notificationId: string): Promise<void> {
    this.put(await this.ask("notification:read", { notificationId }));
  }

  /** @throws AnyChatError */
  async readAll(): Promise<void> {
    await this.ask("notification:read-all", {});
    this.markAll();
  }

  /** @throws AnyChatError */
  async delete(notificationId: string): Promise<void> {
    await this.ask("notification:delete", { notificationId });
    this.remove(notificationId);
  }

  /** @throws AnyChatError */
  preferences(): Promise<Preferences> {
    return this.ask("notification:preferences", {});
  }

  /** @throws AnyChatError */
  setPreferences(set: NonNullable<ParamsOf<Space, "notification:preferences">["set"]>): Promise<Preferences> {
    return this.ask("notification:preferences", { set });
  }

  /** One of one's own. @throws AnyChatError */
  get(notificationId: string): Promise<Notification> {
    return this.ask("notification:get", { notificationId });
  }

  /** Why one got a notification of a message, or why not. @throws AnyChatError */
  explain(messageId: string): Promise<ResultOf<Space, "notification:explain">> {
    return this.ask("notification:explain", { messageId });
  }

  /** The key that a browser subscribes to Web Push with; null where the server pushes nothing. @throws AnyChatError */
  async pushKey(): Promise<string | null> {
    return (await this.rest.call("GET /notifications/push/key")).publicKey;
  }

  /** Pushes to this browser from now on: `toJSON()` of its PushSubscription. @throws AnyChatError */
  async subscribePush(browser: RouteParams<"POST /notifications/push/subscriptions">): Promise<void> {
    const { endpoint, keys } = browser;
    await this.rest.call("POST /notifications/push/subscriptions", { endpoint, keys });
  }

  /** Which push services the server has. @throws AnyChatError */
  pushServices(): Promise<RouteResult<"GET /notifications/push/services">> {
    return this.rest.call("GET /notifications/push/services");
  }

  /** Pushes to this app, by the token that its platform gave it. @throws AnyChatError */
  async addDevice(device: RouteParams<"POST /notifications/push/devices">): Promise<void> {
    await this.rest.call("POST /notifications/push/devices", device);
  }

  /** No more pushes to it. @throws AnyChatError */
  async removeDevice(device: RouteParams<"POST /notifications/push/devices">): Promise<void> {
    await this.rest.call("DELETE /notifications/push/devices", device);
  }

  /** No more pushes to it. @throws AnyChatError */
  async unsubscribePush(endpoint: string): Promise<void> {
    await this.rest.call("DELETE /notifications/push/subscriptions", { endpoint });
  }

  /** @internal */
  heard(event: string, payload: unknown): void {
    const handler = this.handlers[event as keyof Heard] as ((payload: unknown) => void) | undefined;
    handler?.(payload);
  }

  private readonly handlers: { [E in keyof Heard]: (payload: Heard[E]) => void } = {
    "notification:created": (told) => this.put(told),
    "notification:updated": (told) => this.put(told),
    "notification:deleted": ({ notificationId }) => this.remove(notificationId),
    "notification:count": ({ count }) => this.counted(count),
    "notification:read": ({ notificationId, is_read }) => {
      const known = this.byId.get(notificationId);
      if (known) this.put({ ...known, is_read });
    },
    pong: () => undefined,
    error: () => undefined, // the one of /chat says the same
  };

  /** After every connection: what came meanwhile. @internal */
  catchUp(): void {
    if (this.opened) this.refresh();
  }

  /** @internal */
  clear(): void {
    this.byId.clear();
    this.badge.set(0);
    this.list.invalidate();
  }

  private open(): void {
    if (this.opened) return;
    this.opened = true;
    this.refresh();
  }

  private refresh(): void {
    // The next connection, or the next look, tries again.
    this.load({}).catch(() => undefined);
  }

  private async load(more: { before?: string }): Promise<void> {
    const page = await this.ask("notification:list", { limit: PAGE, ...more });
    if (!("before" in more)) {
      this.byId.clear();
      this.badge.set(page.filter((n) => !n.is_read).length);
    }
    this.all = page.length < PAGE;
    for (const notification of page) this.put(notification);
  }

  private counted(count: number): void {
    this.badge.set(count);
    if (count === 0) this.markAll();
  }

  private markAll(): void {
    for (const [id, n] of this.byId) if (!n.is_read) this.byId.set(id, { ...n, is_read: true });
    this.badge.set(0);
    this.list.invalidate();
  }

  private put(notification: Notification): void {
    this.byId.set(notification._id, notification);
    const oldest = this.byId.size > MOST ? this.value.at(-1) : undefined;
    if (oldest) this.byId.delete(oldest._id);
    this.list.invalidate();
  }

  private remove(id: string): void {
    if (this.byId.delete(id)) this.list.invalidate();
  }

  private ask<E extends keyof ClientEvents[Space]>(event: E, params: ParamsOf<Space, E>): Promise<ResultOf<Space, E>> {
    this.opened = true;
    return this.connection.ask("/notifications", event, params);
  }
}
