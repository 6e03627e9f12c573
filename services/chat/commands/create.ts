/** Starting a conversation: who may be in it, whether it is there already, and what it is born with. */
import { begun } from "../conversation/news";
import { type ServiceBroker } from "moleculer";
import { customAfter, type CustomCheck } from "../../../contracts/custom";
import { type Params } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { badField, fail } from "../../../contracts/errors";
import { type Conversation } from "../../../contracts/shapes";
import { call } from "../../../platform/bus";
import { DuplicateKey, newId } from "../../../mixins/documents";
import { type Ctx } from "../../../platform/service";
import { openAvatar } from "./avatars";
import { type CommandBody, type Draft } from "../conversation/commands";
import { type ConversationDoc } from "../conversation/documents";
import { mayMention } from "../conversation/mentions";
import { requestOf, requestOfGroup } from "./request";
import { asked } from "../conversation/rules/invitations";
import { between, entriesOf, type Entry, knowEachOther } from "../people/acquaintance";
import { type Names } from "../people/names";
import { newMember, publicWords } from "../conversation/rules/members";
import { checkContent } from "../conversation/rules/messages";
import { DECLINED_FOR_MS } from "../conversation/rules/requests";
import { type StateLimits } from "../host/conversation-store";
import { type Stores } from "../host/stores";

type Wanted = Params<"chat.create">;

export const pairKey = (a: number, b: number): string => `${Math.min(a, b)}:${Math.max(a, b)}`;

const groupKey = ({ userId }: Caller, { clientId, external_id }: Wanted): string | undefined => {
  if (external_id !== undefined) return `ext:${external_id}`;
  return clientId === undefined ? undefined : `key:${userId}:${clientId}`;
};

export const run = (ctx: Ctx, conversationId: string, command: CommandBody): Promise<unknown> =>
  call(ctx, "chat.run", { conversationId, command });

/** One other person and no sign of a group: a private conversation. @throws BAD_REQUEST, TOO_LARGE */
export function kindOf(
  wanted: Wanted,
  creator: number,
  maxMembers: number,
): { type: "private" | "group"; others: number[] } {
  const others = [...new Set(wanted.participantIds)].filter((id) => id !== creator);
  const keyed = wanted.external_id !== undefined;
  if (keyed && wanted.type === "private")
    throw badField("external_id", "group", "Only a group has an external_id: a pair has one private conversation.");
  const meantAsGroup = keyed || wanted.type === "group" || (wanted.type === undefined && Boolean(wanted.name));
  if (!others.length && !meantAsGroup)
    throw badField("participantIds", "arrayMin", "A conversation needs someone else.");
  if (wanted.type === "private" && others.length > 1)
    throw badField("participantIds", "arrayMax", "A private conversation has two sides.");
  if (others.length + 1 > maxMembers) throw fail("TOO_LARGE", `A group has at most ${maxMembers} members.`);
  return { type: meantAsGroup || others.length > 1 ? "group" : "private", others };
}

/** How a group is open from its birth on. */
function opennessOf({ visibility, posting, approval, name }: Wanted): Partial<ConversationDoc> {
  return {
    ...(visibility === "public" ? { visibility, public_words: publicWords({ visibility, name: name ?? null }) } : {}),
    ...(posting === "staff" ? { posting } : {}),
    ...(approval ? { approval } : {}),
  };
}

function born(
  caller: Caller,
  type: ConversationDoc["type"],
  others: readonly number[],
  wanted: Wanted,
  check: CustomCheck,
): ConversationDoc {
  const _id = newId();
  const now = new Date();
  const group = type === "group";
  const custom = customAfter(null, wanted.custom, check);
  return {
    _id,
    type,
    pair_key: group ? (groupKey(caller, wanted) ?? `group:${_id}`) : pairKey(caller.userId, others[0] as number),
    ...(group && wanted.clientId !== undefined && wanted.external_id === undefined
      ? { request: requestOfGroup(wanted) }
      : {}),
    ...(wanted.external_id === undefined ? {} : { external_id: wanted.external_id }),
    ...(custom === null ? {} : { custom }),
    participants: [caller.userId, ...others],
    name: group && wanted.name ? wanted.name : null,
    avatar: (group && wanted.avatar) || null,
    history: (group && wanted.history) || "all",
    ...(group ? opennessOf(wanted) : {}),
    admin_id: group ? caller.userId : null,
    moderator_ids: [],
    status: group ? "accepted" : "pending",
    initiator_id: caller.userId,
    declined_at: null,
    blocked_by: [],
    last_seq: 0,
    pos: 0,
    info_pos: 0,
    countable: 0,
    sent: {},
    pins: 0,
    last_message: null,
    published_seq: 0,
    outbox: group && others.length > 0,
    ...(group && others.length > 0 ? { greet: [...others] } : {}),
    redo: null,
    created_at: now,
    updated_at: now,
    changed_at: now,
    deleted_at: null,
  };
}

/** Without a transaction members come first: a conversation that is there always has its members. */
async function insert(
  { conversations, members, transact }: Stores,
  doc: ConversationDoc,
  invited: readonly number[],
): Promise<void> {
  const role = (id: number) => (doc.admin_id === id ? "admin" : "member");
  const all = doc.participants.map((id) => newMember(doc._id, id, role(id), doc.created_at));
  all.push(...invited.map((id) => asked(doc._id, id, doc.initiator_id, doc.created_at)));
  if (transact)
    return transact([
      { in: members, insert: all },
      { in: conversations, insert: [doc] },
    ]);
  await members.insert(all);
  try {
    await conversations.insert([doc]);
  } catch (error) {
    // Any other failure may be that of the answer alone: then it is there.
    if (error instanceof DuplicateKey) await members.remove({ conversation_id: doc._id });
    throw error;
  }
}

export class Creation {
  constructor(
    readonly broker: ServiceBroker,
    private readonly stores: Stores,
    private readonly names: Names,
    private readonly limits: StateLimits,
  ) {}

  async create(ctx: Ctx, caller: Caller, wanted: Wanted): Promise<Conversation> {
    const { type, others } = kindOf(wanted, caller.userId, this.limits.members);
    if (type === "group") return this.group(ctx, caller, others, wanted);
    const draft = this.firstWords(wanted);
    const other = others[0] as number;
    const there = await this.ofPair(caller.userId, other);
    if (there) return this.again(ctx, there, draft);
    const { blockedBy } = await between(ctx, caller.userId, [other]);
    const doc = born(caller, type, others, wanted, this.limits.custom.conversation);
    doc.blocked_by = [...blockedBy];
    if (await knowEachOther(this.stores, caller.userId, other)) doc.status = "accepted";
    try {
      return await this.open(ctx, doc, draft);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const winner = await this.ofPair(caller.userId, other);
      if (!winner) throw fail("UNAVAILABLE", "The conversation was ended meanwhile; try again.");
      return this.again(ctx, winner, draft);
    }
  }

  private async group(ctx: Ctx, caller: Caller, others: readonly number[], wanted: Wanted): Promise<Conversation> {
    const draft = this.firstWords(wanted);
    const before = await this.startedBefore(caller, wanted);
    if (before) return this.another(ctx, caller, before, wanted, draft);
    const entries = await entriesOf(ctx, this.stores, caller.userId, others);
    const by = (entry: Entry): number[] => others.filter((id) => entries.get(id) === entry);
    const doc = born(caller, "group", by("added"), wanted, this.limits.custom.conversation);
    await openAvatar(ctx, doc._id, doc.avatar);
    try {
      return await this.open(ctx, doc, draft, by("asked"));
    } catch (error) {
      const winner = error instanceof DuplicateKey ? await this.startedBefore(caller, wanted) : undefined;
      if (!winner) throw error;
      return this.another(ctx, caller, winner, wanted, draft);
    }
  }

  /** The group that the caller started with this key. @throws CONFLICT, NOTFOUND where it was ended */
  private async startedBefore(caller: Caller, wanted: Wanted): Promise<ConversationDoc | undefined> {
    const pair_key = groupKey(caller, wanted);
    const doc = pair_key === undefined ? undefined : await this.stores.conversations.findOne({ pair_key });
    if (wanted.external_id !== undefined) return doc?.deleted_at ? undefined : doc;
    if (doc && doc.request !== requestOfGroup(wanted))
      throw fail("CONFLICT", "This clientId was used for another conversation.");
    if (doc?.deleted_at) throw fail("NOTFOUND", "This conversation was ended.");
    return doc;
  }

  private firstWords(wanted: Wanted): Draft | undefined {
    if (wanted.content === undefined) return undefined;
    checkContent(wanted.content, [], this.limits.content);
    // Of many who create the same at once one says it.
    const own = wanted.external_id === undefined ? newId() : "first";
    const { content, clientId = `auto:${own}` } = wanted;
    const request = requestOf({ content });
    return { content, attachments: [], type: "text", clientId, request, mentions: [], named: [], all: false };
  }

  /** Whom the first words mention by name, of those who are in it by now; as in any other message. */
  private async addressed(draft: Draft, conversation: ConversationDoc): Promise<Draft> {
    if (!mayMention(draft.content)) return draft;
    return { ...draft, ...(await this.names.namedIn(draft.content, conversation)) };
  }

  private async ofPair(a: number, b: number): Promise<ConversationDoc | undefined> {
    const doc = await this.stores.conversations.findOne({ pair_key: pairKey(a, b) });
    if (!doc?.deleted_at) return doc;
    // Ended while declined: the answer holds for its time, then the pair is free again.
    const free = doc.initiator_id !== a || Date.now() - (doc.declined_at?.getTime() ?? 0) > DECLINED_FOR_MS;
    if (!free) throw fail("FORBIDDEN", "Your request was declined.");
    await this.stores.conversations.updateOne({ _id: doc._id }, { $set: { pair_key: `ended:${doc._id}` } });
    return undefined;
  }

  private async open(
    ctx: Ctx,
    doc: ConversationDoc,
    draft: Draft | undefined,
    invited: readonly number[] = [],
  ): Promise<Conversation> {
    await insert(this.stores, this.limits.facts ? { ...doc, ...begun(doc) } : doc, invited);
    await run(ctx, doc._id, { kind: "open", ...(draft ? { draft: await this.addressed(draft, doc) } : {}) });
    return call(ctx, "chat.get", { conversationId: doc._id });
  }

  /** The group of that key is there. @throws FORBIDDEN to who is no member of it */
  private another(
    ctx: Ctx,
    { userId }: Caller,
    doc: ConversationDoc,
    { external_id }: Wanted,
    draft: Draft | undefined,
  ): Promise<Conversation> {
    // Whoever finds it there has nothing to begin it with; who began it may not have come so far.
    const begins = external_id === undefined || (doc.initiator_id === userId && doc.last_seq === 0);
    return this.again(ctx, doc, begins ? draft : undefined);
  }

  private async again(ctx: Ctx, doc: ConversationDoc, draft: Draft | undefined): Promise<Conversation> {
    await run(ctx, doc._id, { kind: "reopen" });
    if (draft) await run(ctx, doc._id, { kind: "send", ...(await this.addressed(draft, doc)) });
    return call(ctx, "chat.get", { conversationId: doc._id });
  }
}
