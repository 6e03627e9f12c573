/** What the service works with: its stores, its copies, its inbox, its badges; one for each running service. */
import { type Service } from "moleculer";
import { type Env } from "../../contracts/env";
import { emitAll, type Emission, toUsers } from "../../mixins/delivery";
import { directoryOf } from "../../mixins/directory";
import { storesOf } from "../../mixins/documents";
import { envOf } from "../../platform/env";
import { Pace, type Share } from "../../platform/facts/pace";
import { cut } from "../../platform/graphemes";
import { metricsOf } from "../../platform/metrics";
import { Badges } from "./badges";
import { Broadcasts } from "./broadcasts";
import { type collections, type NotificationDoc, view } from "./documents";
import { Inbox, type Made } from "./inbox";
import { PreferencesBook } from "./preferences";
import { Devices } from "./push/devices";
import { type PushNote } from "./push/provider";
import { PushDispatcher } from "./push/dispatcher";
import { webPushOf } from "./push/web-push";
import { Upkeep } from "./upkeep";
import { Usernames } from "./usernames";
import { Withdrawals } from "./withdrawals";
import { Webhooks } from "./webhooks/webhooks";

/** Of the event loop's time, on a node that chats as well: notifications may be late, messages may not. */
const BESIDE_CHAT: Share = { least: 0.05, most: 0.5 };
const ALONE: Share = { least: 1, most: 1 };

const hasDoorsOrChat = ({ SERVICES }: Env): boolean => SERVICES.includes("chat") || SERVICES.includes("api");

export class NotificationsContext {
  readonly preferences = new PreferencesBook(() => this.stores.preferences);
  readonly usernames: Usernames;
  readonly badges: Badges;
  readonly inbox: Inbox;
  readonly broadcasts: Broadcasts;
  readonly withdrawals = new Withdrawals(this, () => this.stores.notifications);
  readonly upkeep: Upkeep;
  readonly devices: Devices;
  readonly webhooks: Webhooks;
  /** None where pushes are off. */
  private readonly push: PushDispatcher | undefined;

  constructor(readonly service: Service) {
    const { broker } = service;
    const env = envOf(broker);
    this.broadcasts = new Broadcasts(service, () => this.stores.broadcasts);
    this.usernames = new Usernames(broker);
    this.badges = new Badges(service, () => this.stores.notifications);
    this.inbox = new Inbox({
      notifications: () => this.stores.notifications,
      preferences: this.preferences,
      usernames: this.usernames,
      pace: new Pace(hasDoorsOrChat(env) ? BESIDE_CHAT : ALONE),
      announce: (made) => this.announce(made),
    });

    this.devices = new Devices(() => this.stores.devices, env.OUTGOING_PRIVATE === "on");
    this.webhooks = new Webhooks(service, () => this.stores, env.OUTGOING_PRIVATE === "on");
    const { broadcasts } = this;
    const kept = {
      logger: service.logger,
      broadcasts,
      log: this.webhooks.log,
      notifications: () => this.stores.notifications,
    };
    this.upkeep = new Upkeep(kept, env.NOTIFICATION_RETENTION);
    const provider = webPushOf(env);
    if (provider) this.push = new PushDispatcher(service, () => this.stores, this.devices, provider);
  }

  get stores() {
    return storesOf<typeof collections>(this.service);
  }

  start(): void {
    this.upkeep.start();
    this.push?.start();
    this.webhooks.dispatcher.start();
  }
  async stop(): Promise<void> {
    this.upkeep.stop();
    this.badges.stop();
    await this.push?.stop();
    await this.webhooks.dispatcher.stop();
  }

  isOnline(userId: number): boolean {
    return directoryOf(this.service).isOnline(userId);
  }

  /** Has a socket in `/notifications` somewhere. */
  hears(userId: number): boolean {
    return directoryOf(this.service).hears(userId);
  }

  /** Puts events onto the sockets of their users. */
  emit(emissions: readonly Emission[]): void {
    emitAll(this.service, emissions);
  }

  private async announce(made: readonly Made[]): Promise<void> {
    const pushed = metricsOf(this.service.broker).notificationsPushed;
    for (const { doc } of made) pushed.inc({ type: doc.type });
    const news = made.filter(({ quiet }) => !quiet).map(({ doc }) => doc);
    const heard = news.filter((doc) => this.hears(doc.user_id));
    this.emit(heard.map((doc) => toUsers("/notifications", "notification:created", [doc.user_id], view(doc))));
    await this.push?.add(news.map((doc) => ({ userId: doc.user_id, note: noteOf(doc) })));
    await this.badges.tell(new Set(made.map(({ doc }) => doc.user_id)));
  }
}

/** What fits into a push, which takes 4 kB. */
const SHOWN = 200;
/** On a phone a conversation is one line, an announcement one of its own. */
const noteOf = ({ _id, title, content, type, related_id }: NotificationDoc): PushNote => ({
  topic: type === "message" && related_id !== null ? related_id : _id,
  title,
  content: cut(content, SHOWN),
  type,
  notificationId: _id,
  relatedId: related_id,
});

const contexts = new WeakMap<Service, NotificationsContext>();

export const openContext = (service: Service): void => void contexts.set(service, new NotificationsContext(service));

export function contextOf(service: Service): NotificationsContext {
  const context = contexts.get(service);
  if (!context) throw new Error("the notifications service was not created");
  return context;
}
