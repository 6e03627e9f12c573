/** The parts of the chat service, put together once per broker. */
import { type Service } from "moleculer";
import { type Caller, isStaff } from "../../contracts/caller";
import { codeOf, type ErrorCode, fail } from "../../contracts/errors";
import { Actors } from "../../mixins/actors";
import { call } from "../../platform/bus";
import { newId, storesOf, transactionOf, updatesWhole } from "../../mixins/documents";
import { type BeforeHook, beforeHookOf } from "../../platform/before-hook";
import { envOf } from "../../platform/env";
import { recorder } from "../../platform/facts/recorder";
import { metricsOf } from "../../platform/metrics";
import { customChecks } from "../../platform/custom-checks";
import { placeOf } from "../../platform/placement";
import { type Ctx } from "../../platform/service";
import { type Params } from "../../contracts/actions";
import { type Payload } from "../../contracts/events";
import { type Message } from "../../contracts/shapes";
import { membershipOf } from "./queries/access";
import { type Answer } from "./conversation/at-hand";
import { Blocks } from "./people/blocks";
import { type Command, type CommandBody, type Draft, type Mentioned } from "./conversation/commands";
import { mayMention } from "./conversation/mentions";
import { attach } from "./commands/attachments";
import { judgedEdit, judgedSend } from "./commands/judged";
import { Creation, run } from "./commands/create";
import { type collections, type MessageDoc } from "./conversation/documents";
import { tidyCommits } from "./host/commits";
import { hosting } from "./host/behaviour";
import filter from "./filter";
import { EventBudget } from "./people/event-budget";
import { Names } from "./people/names";
import { Outbox } from "./host/outbox";
import { Publisher } from "./host/publisher";
import { checkContent } from "./conversation/rules/messages";
import { firstAnswer } from "./conversation/rules/retries";
import { Previews } from "./previews/previews";
import { Presence } from "./people/presence";
import { SendLanes } from "./commands/lanes";
import { Search } from "./queries/search";
import { type State } from "./conversation/state";
import { requestOf } from "./commands/request";
import { Departures } from "./people/departures";
import { Files, wasClosed } from "./host/files";
import { ConversationStore, type StateLimits } from "./host/conversation-store";
import { DueItems } from "./later/due";
import { Retention } from "./retention/retention";
import { Incoming } from "./incoming/incoming";
import { Later } from "./later/later";
import { type Stores } from "./host/stores";
import { Sync } from "./queries/sync";
import { TurnWriter } from "./host/turn-writer";
import { Typing } from "./people/typing";

/** How often the outbox looks for what was left behind. */
const SWEEP_MS = 5_000;
const STOP_MS = 5_000;
/** A turn waits no longer for block lists. */
const ASK_MS = 2_000;
/** Message ids whose conversation is remembered, so that commands that name a message need no look-up. */
const RESOLVED_MAX = 50_000;

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
  readonly previews: Previews | undefined;
  readonly typing = new Typing();
  readonly events = new EventBudget();
  readonly rows = new SendLanes();
  private readonly resolved = new Map<string, string>();
  private readonly writer: TurnWriter;
  private readonly sweeper: NodeJS.Timeout;

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
    this.sync = new Sync(this.stores, (question) => call(broker, "chat.changes", question) as Promise<Answer>);
    this.presence = new Presence(service, this.stores, this.blocks, (userId) => this.hosts(`user:${userId}`));
    if (env.LINK_PREVIEWS !== "off") this.previews = new Previews(broker, env.LINK_PREVIEWS === "full");
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
        this.presence.moved(turn);
        this.previews?.follow(turn);
      }),
    );
    metrics.countActors(
      () => this.actors.stats().active,
      () => this.actors.stats().waiting,
    );
    this.retention = new Retention(
      service,
      this.stores,
      (id) => this.hosts(id),
      (id, body) => this.actors.tell(id, { userId: 0, staff: false, body }),
      this.limits.retention,
    );
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  /** Puts a command into the conversation's mailbox on this node. */
  tell(caller: Caller, conversationId: string, body: CommandBody): Promise<unknown> {
    return this.actors.tell(conversationId, { userId: caller.userId, staff: isStaff(caller), body });
  }

  /**
   * Sends a draft, behind those that its sender sent into this conversation before and that are still being prepared. Where
   * it can't be sent (any more), the key tells whether it was: then the answer is the first one.
   * @param requestOf the print of what is asked for, which only then is needed here
   */
  async send<P extends Asked>(
    caller: Caller,
    p: P,
    prepare: () => Draft | Promise<Draft>,
    requestOf: (p: P) => string,
  ): Promise<Message> {
    const { conversationId } = p;
    const row = `${caller.userId} ${conversationId}`;
    const tell = (ready: Draft): Promise<unknown> => this.tell(caller, conversationId, { kind: "send", ...ready });
    const once = (): Promise<unknown> => this.rows.inTurn(row, prepare(), tell);
    try {
      return (await once().catch((error: unknown) => {
        if (wasClosed(error)) return once();
        throw error;
      })) as Message;
    } catch (error) {
      const first = refusals.has(codeOf(error)) ? await this.sentBefore(caller, p, requestOf(p)) : undefined;
      if (first) return first;
      throw error;
    }
  }

  /** An edit, behind those of the same message by the same user that are still being prepared. */
  async edit(ctx: Ctx, caller: Caller, p: Params<"chat.edit">): Promise<Message> {
    const { hook } = this;
    const ready = async (q: typeof p, marks?: readonly string[]): Promise<CommandBody> => {
      const { mentions = [], ...asked } = q;
      const edit = { kind: "edit", ...asked, mentions, ...nobody, ...(marks ? { marks } : {}) } as const;
      if (!mayMention(q.content)) return edit;
      return { ...edit, ...(await this.namedIn(await this.conversationOf(q.messageId), q.content ?? "")) };
    };
    const edit = hook
      ? judgedEdit(hook, caller, p).then(({ params, marks }) => ready(params, marks))
      : mayMention(p.content)
        ? ready(p)
        : ({ kind: "edit", ...p, mentions: p.mentions ?? [], ...nobody } as const);
    const tell = (body: CommandBody): Promise<unknown> => this.tellOf(ctx, p.messageId, body);
    return (await this.rows.inTurn<CommandBody>(`${caller.userId} ${p.messageId}`, edit, tell)) as Message;
  }

  /** A command for the conversation of a message, wherever that lives. @throws NOTFOUND */
  async tellOf(ctx: Ctx, messageId: string, body: CommandBody): Promise<unknown> {
    return run(ctx, await this.conversationOf(messageId), body);
  }

  /** The conversations of messages, with the ids of each. @throws NOTFOUND */
  async groupByConversation(messageIds: readonly string[]): Promise<Map<string, string[]>> {
    const missing = messageIds.filter((id) => !this.resolved.has(id));
    if (missing.length) {
      const found = await this.stores.messages.find({ _id: { $in: missing } }, { fields: ["conversation_id"] });
      for (const doc of found) this.resolve(doc._id, doc.conversation_id);
    }
    const groups = new Map<string, string[]>();
    for (const id of messageIds) {
      const conversationId = this.resolved.get(id);
      if (conversationId === undefined) throw fail("NOTFOUND", "There is no such message.", { messageId: id });
      groups.set(conversationId, [...(groups.get(conversationId) ?? []), id]);
    }
    return groups;
  }

  /** A draft as the hook lets it be; the request under its key is what was asked for. */
  judged(
    caller: Caller,
    p: Params<"chat.send">,
    ready: (p: Params<"chat.send">) => Draft | Promise<Draft>,
  ): Draft | Promise<Draft> {
    const { hook } = this;
    if (!hook?.asks("message")) return ready(p);
    return judgedSend(hook, caller, p).then(async ({ params, marks }) => {
      const draft = await ready(params);
      return { ...draft, request: requestOf(p), marks };
    });
  }

  /** What has to be asked for before a message can be sent. */
  async prepare(ctx: Ctx, caller: Caller, p: Params<"chat.send">): Promise<Draft> {
    const draft = p.attachments?.length ? await this.draftWithFiles(ctx, caller, p) : draftOf(p);
    return mayMention(draft.content) ? { ...draft, ...(await this.namedIn(p.conversationId, draft.content)) } : draft;
  }

  /** A message as it will be sent; its files are checked and opened to the conversation. */
  async draftWithFiles(ctx: Ctx, caller: Caller, p: Params<"chat.send">): Promise<Draft> {
    const attachments = p.attachments ?? [];
    checkContent(p.content ?? "", attachments, this.limits.content);
    await membershipOf(this.stores, caller.userId, p.conversationId);
    const openedAt = performance.now();
    const files = await attach(ctx, p.conversationId, attachments);
    const type = files.every((f) => f.mime.startsWith("image/")) ? "image" : "file";
    return { ...draftOf(p), files, type, openedAt };
  }

  /** Whom a text mentions by name; asked for only where there is an @. */
  private async namedIn(conversationId: string, content: string): Promise<typeof nobody> {
    const conversation = await this.stores.conversations.findOne({ _id: conversationId }, { fields: ["participants"] });
    return conversation ? this.names.namedIn(content, conversation) : nobody;
  }

  private async sentBefore({ userId }: Caller, p: Asked, request: string): Promise<Message | undefined> {
    const { conversationId: conversation_id, clientId: client_id } = p;
    if (client_id === undefined) return undefined;
    const [doc, member, conversation] = await Promise.all([
      this.stores.messages.findOne({ conversation_id, sender_id: userId, client_id }),
      this.stores.members.findOne({ conversation_id, user_id: userId }),
      this.stores.conversations.findOne({ _id: conversation_id }, { fields: ["last_seq"] }),
    ]);
    // What stands beyond the last one was stored and never committed: nobody may be told that it was.
    if (!doc || doc.seq > (conversation?.last_seq ?? 0)) return undefined;
    const answer = firstAnswer(doc, request);
    // Who is out reads what they wrote themselves, and nothing that others may have written since.
    return member?.left_at && answer.reply_to ? { ...answer, reply_to: { ...answer.reply_to, content: "" } } : answer;
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
    await this.retention.stop();
    this.typing.stop();
    this.hook?.stop();
    this.previews?.stop();
    this.presence.stop();
    await this.actors.stop(STOP_MS);
    await this.outbox.stop();
  }

  private async conversationOf(messageId: string): Promise<string> {
    const [id] = (await this.groupByConversation([messageId])).keys();
    return id as string;
  }

  private resolve(messageId: string, conversationId: string): void {
    this.resolved.set(messageId, conversationId);
    if (this.resolved.size <= RESOLVED_MAX) return;
    const [oldest] = this.resolved.keys();
    if (oldest !== undefined) this.resolved.delete(oldest);
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

const nobody: Pick<Mentioned, "named" | "all"> = { named: [], all: false };
/** What a send is refused with by what changed since it was first sent. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["FORBIDDEN", "NOTFOUND", "BAD_REQUEST", "TOO_LARGE"]);

/** A send by its key. */
export interface Asked {
  readonly conversationId: string;
  readonly clientId?: string;
}

/** What the caller wants to send, as the command's draft; a key of ours where they gave none. */
export function draftOf(p: Params<"chat.send">): Draft {
  return {
    content: p.content ?? "",
    attachments: p.attachments ?? [],
    type: "text",
    clientId: p.clientId ?? `auto:${newId()}`,
    request: requestOf(p),
    ...(p.replyTo ? { replyTo: p.replyTo } : {}),
    ...(p.custom ? { custom: p.custom } : {}),
    ...(p.poll ? { poll: p.poll } : {}),
    mentions: p.mentions ?? [],
    ...nobody,
  };
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
