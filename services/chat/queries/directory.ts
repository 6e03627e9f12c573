/** Groups that are open to others: the directory of public ones, what a link leads to, who asks to come in. */
import { type Params, type Result } from "../../../contracts/actions";
import { checkFilter, customOf, fitsFilter } from "../../../contracts/custom";
import { fail } from "../../../contracts/errors";
import { type JoinLink, type OpenGroup } from "../../../contracts/shapes";
import { type ConversationDoc, type MemberDoc } from "../conversation/documents";
import { liveLink } from "../conversation/rules/joining";
import { prefixesOf } from "../conversation/terms";
import { linkView, openGroupView } from "../conversation/views";
import { type Stores } from "../host/stores";
import { type Names } from "../people/names";
import { membershipOf } from "./access";

const PAGE = 100;
/** Groups looked at for one page. */
const LOOKED_AT = 1_000;

/** `<conversationId>.<secret>` */
export function partsOf(link: string): { conversationId: string; secret: string } {
  const [conversationId = "", secret = ""] = link.split(".");
  return { conversationId, secret };
}

async function viewsFor(stores: Stores, userId: number, docs: readonly ConversationDoc[]): Promise<OpenGroup[]> {
  const ids = docs.map(({ _id }) => _id);
  const own = ids.length ? await stores.members.find({ user_id: userId, conversation_id: { $in: ids } }) : [];
  const byConversation = new Map(own.map((member) => [member.conversation_id, member]));
  return docs.map((doc) => openGroupView(doc, byConversation.get(doc._id)));
}

export async function discover(
  stores: Stores,
  userId: number,
  { query = "", custom = {}, limit, after }: Params<"chat.discover">,
): Promise<OpenGroup[]> {
  checkFilter(custom);
  const words = prefixesOf(query).map((word) => ({ public_words: { $prefix: word } as never }));
  const named = words.length ? { $and: words } : {};
  const found: ConversationDoc[] = [];
  let last = after;
  for (let looked = 0; looked < LOOKED_AT && found.length < limit; looked += PAGE) {
    const page = await stores.conversations.find(
      { visibility: "public", deleted_at: null, ...(last === undefined ? {} : { _id: { $lt: last } }), ...named },
      { sort: [["_id", -1]], limit: PAGE },
    );
    found.push(...page.filter((doc) => fitsFilter(customOf(doc.custom), custom)));
    last = page.at(-1)?._id;
    if (page.length < PAGE) break;
  }
  return viewsFor(stores, userId, found.slice(0, limit));
}

/** @throws NOTFOUND for a link that leads nowhere (any more) */
export async function openLink(stores: Stores, userId: number, link: string): Promise<OpenGroup> {
  const { conversationId, secret } = partsOf(link);
  const doc = await stores.conversations.findOne({ _id: conversationId, deleted_at: null });
  if (!doc || !liveLink(doc.links, secret, new Date())) throw fail("NOTFOUND", "This link leads nowhere.");
  const [view] = await viewsFor(stores, userId, [doc]);
  return view as OpenGroup;
}

/** @throws FORBIDDEN unless the caller leads the group */
export async function ledBy(stores: Stores, userId: number, conversationId: string): Promise<ConversationDoc> {
  const { conversation, member } = await membershipOf(stores, userId, conversationId);
  if (member.role === "member") throw fail("FORBIDDEN", "Only the admin and moderators can do this.");
  return conversation;
}

export async function links(stores: Stores, userId: number, conversationId: string): Promise<JoinLink[]> {
  const { links: all = [] } = await ledBy(stores, userId, conversationId);
  return all.map((link) => linkView(conversationId, link));
}

export async function joinRequests(
  stores: Stores,
  names: Names,
  userId: number,
  conversationId: string,
): Promise<Result<"chat.joinRequests">> {
  await ledBy(stores, userId, conversationId);
  const asking = await stores.members.find({ conversation_id: conversationId, requested_at: { $gt: new Date(0) } });
  const at = ({ requested_at }: MemberDoc): number => requested_at?.getTime() ?? 0;
  const inOrder = asking.sort((a, b) => at(a) - at(b));
  const people = await names.of(inOrder.map((m) => m.user_id));
  return inOrder.flatMap((m) => {
    const profile = people.get(m.user_id);
    if (profile?.status !== "active") return [];
    const { username, avatar_url } = profile;
    return [{ userId: m.user_id, username, avatar_url, at: new Date(at(m)).toISOString() }];
  });
}
