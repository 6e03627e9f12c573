/** The parts of the chat service, put together once per broker. */
import { type Service } from "moleculer";
import { type Caller, isStaff } from "../../contracts/caller";
import { codeOf, fail } from "../../contracts/errors";
import { Actors } from "../../mixins/actors";
import { call } from "../../platform/bus";
import { storesOf, transactionOf, updatesWhole } from "../../mixins/documents";
import { type BeforeHook, beforeHookOf } from "../../platform/before-hook";
import { envOf } from "../../platform/env";
import { recorder } from "../../platform/facts/recorder";
import { metricsOf } from "../../platform/metrics";
import { customChecks } from "../../platform/custom-checks";
import { placeOf } from "../../platform/placement";
import { type Ctx } from "../../platform/service";
import { type Payload } from "../../contracts/events";
import { type Answer } from "./conversation/at-hand";
import { Blocks } from "./people/blocks";
import { type Command, type CommandBody } from "./conversation/commands";
import { Creation, run } from "./commands/create";
import { type MessageDoc } from "./conversation/documents";
import { type collections } from "./host/collections";
import { tidyCommits } from "./host/commits";
import { hosting } from "./host/behaviour";
import filter from "./filter";
import { EventBudget } from "./people/event-budget";
import { Names } from "./people/names";
import { Outbox } from "./host/outbox";
import { Publisher } from "./host/publisher";
import { Previews } from "./previews/previews";
import { Presence } from "./people/presence";
import { Sending } from "./commands/sending";
import { Search } from "./queries/search";
import { type State } from "./conversation/state";
import { Departures } from "./people/departures";
import { Files } from "./host/files";
import { ConversationStore, type StateLimits } from "./host/conversation-store";
import { DueItems } from "./later/due";
import { Erasing } from "./retention/erasure";
import { Retention } from "./retention/retention";
import { Taking } from "./retention/taking";
import { Incoming } from "./incoming/incoming";
import { Later } from "./later/later";
import { type Stores } from "./host/stores";
import { Sync } from "./queries/sync";
import { TurnWriter } from "./host/turn-writer";
import { Typing } from "./people/typing";
import { Whereabouts } from "./commands/whereabouts";

/** How often the outbox looks for what was left behind. */
const SWEEP_MS = 5_000;
/** So long after a message somebody is taken to be writing. */
const WRITTEN_MS = 5_000;
const STOP_MS = 5_000;
/** A turn waits no longer for block lists. */
const ASK_MS = 2_000;

interface ServiceNode {
  readonly name: string;
  readonly nodeID: string;
}

export class ChatContext {
  readonly stores: Stores;
  readonly limits: StateLimits;
  readonly actors: Actors<State, Command>;
  readonly outbox: Outbox;
  readonly files: Files;
  readonly names: Names;
  readonly blocks: Blocks;
  readonly departures: Departures;
  readonly creation: Creation;
  readonly search: Search;
  readonly sync: Sync;
  readonly presence: Presence;
  /** Asked before something is said or made. */
  readonly hook: BeforeHook | undefined;
  readonly later: Later;
  readonly incoming: Incoming;
  private readonly due: DueItems;
  readonly retention: Retention;
  readonly erasing: Erasing;
  readonly previews: Previews | undefined;
  readonly typing = new Typing();
  readonly events = new EventBudget();
  readonly whereabouts: Whereabouts;
  readonly sending: Sending;
  private readonly writer: TurnWriter;
  private readonly sweeper: NodeJS.Timeout;
  /** When somebody last said something in a conversation of this node. */
  private writtenAt = -Infinity;

  constructor(private readonly service: Service) {
    const { broker } = service;
    const env = envOf(broker);
    this.limits = {
      facts: env.FACTS === "on",
      content: env.MAX_CONTENT,
      members: env.MAX_MEMBERS,
      retention: env.MESSAGE_RETENTION === undefined ? undefined : env.MESSAGE_RETENTION / 1000,
      reactions: new Set(env.CUSTOM_REACTIONS),
      custom: customChecks(env),
    };
    this.hook = beforeHookOf(broker);
    if (env.HOOK_BEFORE_SEND === "filter.check") broker.createService(filter);
    const { commits, ...stores } = storesOf<typeof collections>(service);
    this.stores = { ...stores, transact: transactionOf(service), ...(updatesWhole(service) ? {} : { commits }) };
    const upkeep = {
      wake: (id: string, seq: number) => this.wake(id, seq),
      bury: (id: string) => this.writer.bury(id),
    };
    const blockersIn = async (sides: readonly number[]) => {
      const [userId = 0, ...others] = sides;
      const { blockedBy, blocking } = await call(
        broker,
        "users.blocksBetween",
        { userId, others },
        { timeout: ASK_MS },
      );
      return blocking.length ? [userId, ...blockedBy] : blockedBy;
    };
    const blockersOf = async (id: number) => (await this.blocks.of(id)).blockedBy;
    const record = env.FACTS === "on" ? recorder(broker) : undefined;
    this.outbox = new Outbox(broker, this.stores, (id) => this.hosts(id), upkeep, undefined, blockersOf, record);
    this.files = new Files(broker, this.stores);
    this.names = new Names(broker);
    this.blocks = new Blocks(broker);
    this.departures = new Departures(broker, this.stores, this.names);
    this.creation = new Creation(broker, this.stores, this.names, this.limits);
    this.search = new Search(this.stores, this.names);
    this.sync = new Sync(
      this.stores,
      (question) => call(broker, "chat.changes", question) as Promise<Answer>,
      (userId, tag) => this.later.plansSince(userId, tag),
    );
    this.presence = new Presence(service, this.stores, this.blocks, (userId) => this.hosts(`user:${userId}`));
    if (env.LINK_PREVIEWS !== "off") this.previews = new Previews(broker, env.LINK_PREVIEWS === "full");
    this.whereabouts = new Whereabouts(this.stores.messages);
    this.sending = new Sending({
      stores: this.stores,
      names: this.names,
      hook: this.hook,
      whereabouts: this.whereabouts,
      maxContent: this.limits.content,
      tell: (caller, conversationId, body) => this.tell(caller, conversationId, body),
    });
    this.later = new Later(service, this.stores, this.limits, env.MAX_SCHEDULED);
    this.incoming = new Incoming(broker, this.stores, this.names, this.limits.content);
    this.due = new DueItems(service, this.stores, this.names, (id) => this.hosts(id));
    const metrics = metricsOf(broker);
    metrics.countOutbox(() => this.outbox.stats());
    this.writer = new TurnWriter(this.stores, (error) => service.logger.debug(`left to the sweep: ${String(error)}`));
    const store = new ConversationStore(this.stores, this.writer, this.limits, blockersIn);
    const created = (type: MessageDoc["type"]): void => metrics.messagesCreated.inc({ type });
    this.actors = new Actors(
      hosting(store, this.writer, new Publisher(service), this.outbox, this.files, created, (turn) => {
        if (turn.inserts.length > 0) this.writtenAt = performance.now();
        this.presence.moved(turn);
        this.previews?.follow(turn);
      }),
    );
    metrics.countActors(
      () => this.actors.stats().active,
      () => this.actors.stats().waiting,
    );
    const untold = (id: string): number => this.outbox.untold(id);
    const isWritten = (): boolean => performance.now() - this.writtenAt < WRITTEN_MS;
    const anywhere = (conversationId: string, command: CommandBody) =>
      call(broker, "chat.run", { conversationId, command });
    this.erasing = new Erasing(this.stores, new Taking(anywhere, untold, isWritten));
    this.retention = new Retention(
      service,
      this.stores,
      (id) => this.hosts(id),
      new Taking((id, body) => this.actors.tell(id, { userId: 0, staff: false, body }), untold, isWritten),
      this.limits.retention,
    );
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  /** Puts a command into the conversation's mailbox on this node. */
  tell(caller: Caller, conversationId: string, body: CommandBody): Promise<unknown> {
    return this.actors.tell(conversationId, { userId: caller.userId, staff: isStaff(caller), body });
  }

  /** A command for the conversation of a message, wherever that lives. @throws NOTFOUND */
  async tellOf(ctx: Ctx, messageId: string, body: CommandBody): Promise<unknown> {
    return run(ctx, await this.whereabouts.of(messageId), body);
  }

  /** Files that may be in no message of the conversation any more, nor its avatar: then they are closed to it. */
  async letGo(ctx: Ctx, conversationId: string, urls: readonly string[]): Promise<void> {
    if (!urls.length) return;
    await run(ctx, conversationId, { kind: "letGo", urls }).catch(() => this.files.owe(conversationId, urls));
  }

  /** Told to every node: a block ends the signs of life between the two at once. */
  blockChanged(block: Payload<"users.blockChanged">): void {
    this.blocks.changed(block);
    this.presence.blockChanged(block);
    const { userId: by, blockedId, blocked } = block;
    if (!blocked) return;
    for (const id of this.typing.where(blockedId))
      this.actors
        .tell(id, { userId: blockedId, staff: false, body: { kind: "typingUnheard", by } })
        .catch((error: unknown) => this.service.logger.debug(`typing: ${String(error)}`));
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    await this.due.stop();
    this.erasing.stop();
    await this.retention.stop();
    this.typing.stop();
    this.hook?.stop();
    this.previews?.stop();
    this.presence.stop();
    await this.actors.stop(STOP_MS);
    await this.outbox.stop();
  }

  /** Brings the conversation's actor into memory as it is stored; one that is gone meanwhile needs none. */
  private wake(conversationId: string, atLeast: number): Promise<unknown> {
    const question = { userId: 0, staff: false, body: { kind: "audience", atLeast } } as const;
    return this.actors.tell(conversationId, question).catch((error: unknown) => {
      this.service.logger.debug(`outbox: ${conversationId} stays asleep: ${String(error)}`);
    });
  }

  private async sweep(): Promise<void> {
    for (const [conversationId, urls] of this.files.takeOwed())
      void call(this.service.broker, "chat.run", { conversationId, command: { kind: "letGo", urls } }).catch(
        (error: unknown) => {
          if (codeOf(error) === "UNAVAILABLE") this.files.owe(conversationId, urls);
        },
      );
    try {
      await this.outbox.sweep();
      await tidyCommits(this.stores, (id) => this.hosts(id));
    } catch (error) {
      this.service.logger.debug(`outbox sweep: ${String(error)}`); // the store is down; the next sweep finds the same
    }
  }

  /** True where this node is the one for a key; the same that calls with this key are placed on. */
  private hosts(key: string): boolean {
    const { broker } = this.service;
    const services = broker.registry.getServiceList({ onlyAvailable: true }) as ServiceNode[];
    const nodes = services.filter((s) => s.name === "chat").map((s) => ({ id: s.nodeID }));
    return (placeOf(key, nodes)?.id ?? broker.nodeID) === broker.nodeID;
  }
}

const chats = new WeakMap<Service, ChatContext>();

export const openChat = (service: Service): void => void chats.set(service, new ChatContext(service));

/** The directory may speak before the service has started. */
export const presenceChanged = (service: Service, userId: number): void => chats.get(service)?.presence.changed(userId);

export function chatOf(service: Service): ChatContext {
  const chat = chats.get(service);
  if (!chat) throw fail("UNAVAILABLE", "The chat service is still starting.");
  return chat;
}

export async function closeChat(service: Service): Promise<void> {
  await chats.get(service)?.stop();
}
