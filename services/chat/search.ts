/** Search in one's own conversations, by the terms that are kept in each message. */
import { type Params, type Result } from "../../contracts/actions";
import { type Filter } from "../../mixins/documents";
import { type Seat, seatOf, seatsOf } from "./access";
import { type MessageDoc } from "./documents";
import { type Match, matchOf } from "./highlight";
import { type Names } from "./names";
import { type Kind, parseQuery, type Query } from "./query";
import { viewsOf } from "./reads";
import { type Stores } from "./store";
import { fold } from "./terms";
import { hiddenFor } from "./views";

/** Messages looked at for one search, the newest first; what lies beyond them is not counted. */
const LOOKED_AT = 10_000;
const LINK = /https?:\/\/\S/i;

const isNumber = (value: string): boolean => /^\d{1,10}$/.test(value);

interface Hit {
  readonly doc: MessageDoc;
  readonly match: Match;
}

export class Search {
  constructor(
    private readonly stores: Stores,
    private readonly names: Names,
  ) {}

  async find(userId: number, p: Params<"chat.search">): Promise<Result<"chat.search">> {
    const query = parseQuery(p.query);
    const seats = await this.seats(userId, p.conversationId, query.in);
    const senders = await this.senders(seats, query.from, p.senderId);
    if (!seats.size || senders?.length === 0) return { messages: [], total: 0 };
    const docs = await this.candidates([...seats.keys()], senders, query);
    const hits = docs.flatMap((doc) => hitOf(doc, seats.get(doc.conversation_id), query));
    hits.sort((a, b) => b.match.whole - a.match.whole || b.doc.created_at.getTime() - a.doc.created_at.getTime());
    const page = hits.slice(p.skip, p.skip + p.limit);
    const views = await viewsOf(
      this.stores,
      page.map((hit) => hit.doc),
    );
    const messages = views.map((view, i) => ({ ...view, highlight: (page[i] as Hit).match.highlight }));
    return { messages, total: hits.length };
  }

  /** Where to look: the caller's conversations, or those of them that were asked for. */
  private async seats(userId: number, one: string | undefined, names: readonly string[]): Promise<Map<string, Seat>> {
    const seats =
      one === undefined ? await seatsOf(this.stores, userId) : new Map([[one, await seatOf(this.stores, userId, one)]]);
    if (!names.length) return seats;
    const wanted = names.map(fold);
    return new Map(
      [...seats].filter(
        ([id, { conversation }]) => wanted.includes(id) || wanted.includes(fold(conversation.name ?? "")),
      ),
    );
  }

  /** The users that `from:` names, by id or by name; undefined where anyone will do. */
  private async senders(
    seats: ReadonlyMap<string, Seat>,
    from: readonly string[],
    senderId: number | undefined,
  ): Promise<number[] | undefined> {
    if (!from.length) return senderId === undefined ? undefined : [senderId];
    const people = [...new Set([...seats.values()].flatMap((s) => s.conversation.participants))];
    const names = from.every(isNumber) ? undefined : await this.names.of(people);
    const wanted = from.map(fold);
    const isWanted = (id: number): boolean =>
      wanted.includes(String(id)) || wanted.includes(fold(names?.get(id)?.username ?? ""));
    return people.filter((id) => isWanted(id) && (senderId === undefined || id === senderId));
  }

  /** By the longest term, the rarest as a rule; the other conditions are checked on what it finds. */
  private candidates(conversations: string[], senders: number[] | undefined, q: Query): Promise<MessageDoc[]> {
    const [longest] = [...q.prefixes].sort((a, b) => b.length - a.length);
    const created = { ...(q.before ? { $lt: q.before } : {}), ...(q.after ? { $gt: q.after } : {}) };
    const filter: Filter<MessageDoc> = {
      conversation_id: { $in: conversations },
      ...(longest === undefined ? {} : { terms: { $prefix: longest } }),
      ...(senders ? { sender_id: { $in: senders } } : {}),
      ...(Object.keys(created).length ? { created_at: created } : {}),
    };
    return this.stores.messages.find(filter, { sort: [["created_at", -1]], limit: LOOKED_AT });
  }
}

function hitOf(doc: MessageDoc, seat: Seat | undefined, query: Query): Hit[] {
  if (!seat || doc.deleted_at || doc.type === "system" || hiddenFor(doc, seat.member)) return [];
  if (!query.has.every((kind) => has(doc, kind))) return [];
  if (!query.prefixes.every((prefix) => doc.terms.some((term) => term.startsWith(prefix)))) return [];
  const match = matchOf(doc.content, query);
  return match ? [{ doc, match }] : [];
}

function has(doc: MessageDoc, kind: Kind): boolean {
  if (kind === "link") return LINK.test(doc.content);
  return doc.attachments.length > 0 && (kind === "file" || doc.type === "image");
}
