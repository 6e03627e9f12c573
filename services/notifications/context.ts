/** What the service works with: its stores, its copies, its inbox, its badges; one for each running service. */
import { type Service } from "moleculer";
import { type Env } from "../../contracts/env";
import { fail, toWire } from "../../contracts/errors";
import { emitAll, type Emission } from "../../mixins/delivery";
import { directoryOf } from "../../mixins/directory";
import { storesOf } from "../../mixins/documents";
import { envOf } from "../../platform/env";
import { recorder } from "../../platform/facts/recorder";
import { BESIDE_PEOPLE, Pace, type Share } from "../../platform/facts/pace";
import { metricsOf } from "../../platform/metrics";
import { secretsOf } from "../../platform/secrets";
import { Attention } from "./attention";
import { Badges } from "./badges";
import { Blocks } from "./blocks";
import { Broadcasts } from "./broadcasts";
import { type collections } from "./documents";
import { Feeds } from "./feeds";
import { Following } from "./following";
import { Groups } from "./groups";
import { FactChannel } from "./log/channel";
import { FactLog } from "./log/log";
import { Pages } from "./log/pages";
import { Inbox, type Made } from "./inbox";
import { Legacy } from "./legacy";
import { type Mailing, mailingOf, preferencesIn } from "./mail/mailing";
import { Unsubscribing } from "./mail/token";
import { isRead } from "./marks";
import { PreferencesBook } from "./preferences";
import { Devices } from "./push/devices";
import { PushDispatcher } from "./push/dispatcher";
import { type Told } from "./push/jobs";
import { type Providers } from "./push/provider";
import { providersOf } from "./push/providers";
import { Reading } from "./reading";
import { Retention } from "./retention";
import { Rewrites } from "./rewrites";
import { Siblings } from "./siblings";
import { Teller } from "./teller";
import { Upkeep } from "./upkeep";
import { Usernames } from "./usernames";
import { Webhooks } from "./webhooks/webhooks";

/** Of the event loop's time, on a node that chats as well: messages first, until notifications of them are far behind. */
const BESIDE_CHAT: Share = { least: 0.05, most: 0.5, idle: 1, late: 0.75 };
const ALONE: Share = { least: 1, most: 1 };

const hasDoorsOrChat = ({ SERVICES }: Env): boolean => SERVICES.includes("chat") || SERVICES.includes("api");

export class NotificationsContext {
  readonly preferences: PreferencesBook;
  readonly usernames: Usernames;
  readonly blocks: Blocks;
  readonly feeds: Feeds;
  readonly reading: Reading;
  readonly groups: Groups;
  readonly badges: Badges;
  readonly teller: Teller;
  readonly attention = new Attention();
  readonly rewrites: Rewrites;
  readonly following: Following;
  readonly inbox: Inbox;
  readonly broadcasts: Broadcasts;
  readonly upkeep: Upkeep;
  /** Of what is taken away with an account. */
  readonly rests = new Pace(() => BESIDE_PEOPLE);
  readonly devices: Devices;
  readonly log: FactLog;
  readonly webhooks: Webhooks;
  private readonly channel: FactChannel | undefined;
  readonly pushServices: Providers;
  /** Since when it hears what users do. */
  readonly listensSince = Date.now();
  private readonly pages: Pages;
  private readonly keepsFacts: boolean;
  private readonly legacy: Legacy;
  private readonly retention: number;
  /** None where pushes are off. */
  private readonly push: PushDispatcher | undefined;
  /** None where no mail server is set. */
  readonly mail: Mailing | undefined;
  readonly unsubscribing: Unsubscribing;
  private converting: Promise<void> | undefined;
  private stopped = false;

  constructor(readonly service: Service) {
    const { broker } = service;
    const env = envOf(broker);
    const notifications = () => this.stores.notifications;
    this.preferences = new PreferencesBook(() => this.stores.preferences, preferencesIn(env));
    this.retention = env.NOTIFICATION_RETENTION;
    this.log = new FactLog(() => this.stores);
    this.pages = new Pages(broker, this.log);
    this.keepsFacts = env.FACTS === "on";
    this.broadcasts = new Broadcasts(
      service,
      () => this.stores.broadcasts,
      this.keepsFacts ? recorder(broker) : undefined,
    );
    this.usernames = new Usernames(broker);
    this.blocks = new Blocks(broker);
    const siblings = new Siblings(service);
    this.feeds = new Feeds(() => this.stores, siblings);
    this.reading = new Reading(notifications, this.feeds, this.usernames);
    this.groups = new Groups(notifications, this.reading);
    this.badges = new Badges(service, this.reading, siblings);
    this.devices = new Devices(() => this.stores.devices, env.OUTGOING_PRIVATE === "on");
    this.webhooks = new Webhooks(service, () => this.stores, this.log, env.OUTGOING_PRIVATE === "on");
    if (this.keepsFacts && env.FACTS_CHANNEL === "on")
      this.channel = new FactChannel(service, () => this.stores.factChannel, this.log);
    this.pushServices = providersOf(env);
    const unread = {
      count: (userId: number) => this.badges.count(userId),
      has: async (userId: number, id: string) => {
        const own = await this.reading.one(userId, id, this.keptSince());
        return own !== undefined && !isRead(own.doc, userId, own.cursor);
      },
    };
    if (Object.keys(this.pushServices).length)
      this.push = new PushDispatcher(
        service,
        () => this.stores,
        this.devices,
        this.usernames,
        this.pushServices,
        unread,
      );
    this.unsubscribing = new Unsubscribing(secretsOf(env).refresh);
    this.mail = mailingOf(this);
    this.teller = new Teller(service, this.push);
    const { feeds, reading, attention, badges, teller } = this;
    this.rewrites = new Rewrites(notifications, feeds, attention, badges, teller);
    this.following = new Following({ notifications, feeds, reading, attention, badges, teller }, (text) =>
      service.logger.warn(text),
    );
    this.inbox = new Inbox({
      ...{ notifications, feeds, attention, badges, blocks: this.blocks, rewrites: this.rewrites },
      preferences: this.preferences,
      usernames: this.usernames,
      pace: new Pace(() => (hasDoorsOrChat(env) ? BESIDE_CHAT : ALONE)),
      announce: (made) => this.announce(made),
    });
    this.legacy = new Legacy(notifications, feeds);
    const retention = new Retention(() => this.stores);
    this.upkeep = new Upkeep({
      logger: service.logger,
      broadcasts: this.broadcasts,
      retireFacts: () => this.log.forget(new Date(Date.now() - env.FACTS_RETENTION)),
      retire: () => retention.sweep(this.keptSince()),
    });
  }

  get stores() {
    return storesOf<typeof collections>(this.service);
  }

  /** @throws CONFLICT where no facts are kept */
  kept(): Pages {
    if (!this.keepsFacts) throw fail("CONFLICT", "No log of facts is kept here: the operator has set FACTS=off.");
    return this.pages;
  }

  start(): void {
    this.converting = this.convert();
    this.upkeep.start();
    this.push?.start();
    this.mail?.dispatcher.start();
    this.webhooks.dispatcher.start();
    this.channel?.start();
  }
  async stop(): Promise<void> {
    this.stopped = true;
    this.pages.stop();
    this.upkeep.stop();
    this.badges.stop();
    await this.converting;
    await this.push?.stop();
    await this.mail?.dispatcher.stop();
    await this.webhooks.dispatcher.stop();
    await this.channel?.stop();
  }

  /** Of what users have read nothing older is kept. */
  keptSince(): Date {
    return new Date(Date.now() - this.retention);
  }

  isOnline(userId: number): boolean {
    return directoryOf(this.service).isOnline(userId);
  }

  /** Puts events onto the sockets of their users. */
  emit(emissions: readonly Emission[]): void {
    emitAll(this.service, emissions);
  }

  private async announce(made: readonly Made[]): Promise<void> {
    const pushed = metricsOf(this.service.broker).notificationsPushed;
    const told = new Set<number>();
    const calling: Told[] = [];
    for (const { doc, users, quiet } of made) {
      pushed.inc({ type: doc.type }, users.length);
      for (const id of users) told.add(id);
      const loud = quiet.size ? users.filter((id) => !quiet.has(id)) : users;
      this.teller.created(doc, loud);
      calling.push({ doc, users: loud });
    }
    await this.push?.add(calling);
    await this.mail?.dispatcher.add(made);
    await this.badges.tell(told);
  }

  /** Behind the start, which does not wait for it. */
  private async convert(): Promise<void> {
    try {
      const converted = await this.legacy.convert(() => this.stopped);
      if (converted) this.service.logger.info(`${converted} stored notifications were brought into the new form.`);
    } catch (error) {
      this.service.logger.warn(`Old notifications wait for the next start: ${toWire(error).code}`);
    }
  }
}

const contexts = new WeakMap<Service, NotificationsContext>();

export const openContext = (service: Service): void => void contexts.set(service, new NotificationsContext(service));

export function contextOf(service: Service): NotificationsContext {
  const context = contexts.get(service);
  if (!context) throw new Error("the notifications service was not created");
  return context;
}
