/** Search in one's own conversations, by the terms that are kept in each message. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type Params, type Result } from "../../../contracts/actions";
import { checkFilter, type Custom, customOf, customTerms, fitsFilter } from "../../../contracts/custom";
import { type Filter } from "../../../mixins/documents";
import { Slots } from "../../../platform/slots";
import { type Membership, membershipOf, membershipsOf } from "./access";
import { type MessageDoc } from "../conversation/documents";
import { highlightOf, rankOf } from "./highlight";
import { type Names } from "../people/names";
import { parseQuery, type Query } from "./query";
import { viewsOf } from "./reads";
import { type Stores } from "../host/stores";
import { fold } from "../../../platform/fold";
import { LINK_TERM } from "../conversation/terms";
import { knownTo } from "../conversation/knowledge";

/** Messages looked at for one search, the newest first; what lies beyond them is not counted. */
const LOOKED_AT = 1_000;
/** Between so many of them the loop turns: others' messages are not kept waiting by a search. */
const SLICE = 250;
/** On one node; who has waited longer than that asks again. */
const AT_ONCE = 4;
const MAY_WAIT = 200;
const PATIENCE_MS = 8_000;
/** All that it takes to rank a message; the rest is read for the page that is shown. */
const RANKED = ["conversation_id", "seq", "content", "custom", "hidden_from", "veils", "created_at"] as const;

const isNumber = (value: string): boolean => /^\d{1,10}$/.test(value);

/** One of these; of a single one as an equality, which servers that emulate MongoDB leave to their database. */
const among = <T extends string | number>(values: readonly T[]): T | { $in: readonly T[] } =>
  values.length === 1 ? (values[0] as T) : { $in: values };

type Candidate = Pick<MessageDoc, "_id" | (typeof RANKED)[number]>;
interface Hit {
  readonly doc: Candidate;
  readonly rank: number;
}

export class Search {
  private readonly slots = new Slots(AT_ONCE, MAY_WAIT, PATIENCE_MS);

  constructor(
    private readonly stores: Stores,
    private readonly names: Names,
  ) {}

  find(userId: number, p: Params<"chat.search">): Promise<Result<"chat.search">> {
    return this.slots.run(() => this.found(userId, p));
  }

  private async found(userId: number, p: Params<"chat.search">): Promise<Result<"chat.search">> {
    const { custom = {} } = p;
    checkFilter(custom);
    const query = parseQuery(p.query ?? "", Object.keys(custom).length > 0);
    const memberships = await this.memberships(userId, p.conversationId, query.in);
    const senders = await this.senders(memberships, query.from, p.senderId);
    if (!memberships.size || senders?.length === 0) return { messages: [], total: 0 };
    const docs = await this.candidates([...memberships.keys()], senders, query, custom);
    const hits = await ranked(docs, memberships, query, custom);
    const page = hits.slice(p.skip, p.skip + p.limit).map((hit) => hit.doc._id);
    return { messages: await this.shown(page, memberships, query), total: hits.length };
  }

  private async shown(
    ids: readonly string[],
    memberships: ReadonlyMap<string, Membership>,
    query: Query,
  ): Promise<Result<"chat.search">["messages"]> {
    const docs = ids.length ? await this.stores.messages.find({ _id: { $in: ids }, deleted_at: null }) : [];
    docs.sort((a, b) => ids.indexOf(a._id) - ids.indexOf(b._id));
    const views = await viewsOf(this.stores, docs, (doc) => memberships.get(doc.conversation_id) as Membership);
    return views.map((view) => ({ ...view, highlight: highlightOf(view.content, query) }));
  }

  /** Where to look: the caller's conversations, or those of them that were asked for. */
  private async memberships(
    userId: number,
    one: string | undefined,
    names: readonly string[],
  ): Promise<Map<string, Membership>> {
    const memberships =
      one === undefined
        ? await membershipsOf(this.stores, userId)
        : new Map([[one, await membershipOf(this.stores, userId, one)]]);
    if (!names.length) return memberships;
    const wanted = names.map(fold);
    return new Map(
      [...memberships].filter(
        ([id, { conversation }]) => wanted.includes(id) || wanted.includes(fold(conversation.name ?? "")),
      ),
    );
  }

  /** The users that `from:` names, by id or by name; undefined where anyone will do. */
  private async senders(
    memberships: ReadonlyMap<string, Membership>,
    from: readonly string[],
    senderId: number | undefined,
  ): Promise<number[] | undefined> {
    if (!from.length) return senderId === undefined ? undefined : [senderId];
    const people = [...new Set([...memberships.values()].flatMap((s) => s.conversation.participants))];
    const names = from.every(isNumber) ? undefined : await this.names.of(people);
    const wanted = from.map(fold);
    const isWanted = (id: number): boolean =>
      wanted.includes(String(id)) || wanted.includes(fold(names?.get(id)?.username ?? ""));
    return people.filter((id) => isWanted(id) && (senderId === undefined || id === senderId));
  }

  private candidates(
    conversations: string[],
    senders: number[] | undefined,
    q: Query,
    custom: Custom,
  ): Promise<Candidate[]> {
    const words = [...q.prefixes, ...(q.has.includes("link") ? [LINK_TERM] : []), ...customTerms(custom)];
    const filter: Filter<MessageDoc> = {
      conversation_id: among(conversations),
      deleted_at: null,
      type: q.has.includes("image") ? "image" : q.has.includes("file") ? { $in: ["image", "file"] } : { $ne: "system" },
      // Always bounded, so that the indexes with a time in them can serve.
      created_at: { $gt: q.after ?? new Date(0), ...(q.before ? { $lt: q.before } : {}) },
      ...(senders ? { sender_id: among(senders) } : {}),
    };
    return this.stores.messages.search(words, filter, { limit: LOOKED_AT, fields: RANKED });
  }
}

/** Whole words before beginnings of words, newer messages before older ones. */
async function ranked(
  docs: readonly Candidate[],
  memberships: ReadonlyMap<string, Membership>,
  query: Query,
  custom: Custom,
): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (const [i, doc] of docs.entries()) {
    if (i > 0 && i % SLICE === 0) await turnOfTheLoop();
    const membership = memberships.get(doc.conversation_id);
    const known = membership && knownTo(doc, membership);
    if (!known || !fitsFilter(customOf(known.custom), custom)) continue;
    const rank = rankOf(known.content, query);
    if (rank !== undefined) hits.push({ doc, rank });
  }
  return hits.sort((a, b) => b.rank - a.rank || b.doc.created_at.getTime() - a.doc.created_at.getTime());
}
