/** The list of conversations is the same by pages out of the store as if all of them had been looked at. */
import fc from "fast-check";
import { chatOf } from "../../services/chat/chat";
import { type ConversationDoc, type MemberDoc } from "../../services/chat/conversation/documents";
import { activityFor, isSilenced } from "../../services/chat/conversation/knowledge";
import { newMember } from "../../services/chat/conversation/rules/members";
import { isHidden } from "../../services/chat/conversation/views";
import { newId } from "../../platform/id";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const stores = () => chatOf(chat.broker.getLocalService("chat")).stores;
let next = 100;

/** Few times, so that many are the same. */
const moment = fc.nat(4).map((n) => new Date(1_000 + n));
const sort = fc.record({
  kind: fc.constantFrom("group", "pair", "request", "silenced", "declined", "hidden", "left", "asked", "unheard"),
  at: moment,
  earlier: moment,
});
type Sort = typeof sort extends fc.Arbitrary<infer T> ? T : never;

function documentsOf(user: number, { kind, at, earlier }: Sort): [ConversationDoc, MemberDoc[]] {
  const _id = newId();
  const other = user + 1;
  const isGroup = kind === "group" || kind === "asked" || kind === "left";
  const out = kind === "asked" || kind === "left";
  const conversation = {
    _id,
    type: isGroup ? "group" : "private",
    pair_key: `test:${_id}`,
    participants: out ? [other] : [user, other],
    name: null,
    avatar: null,
    history: "all",
    admin_id: isGroup ? other : null,
    moderator_ids: [],
    status: kind === "request" || kind === "silenced" ? "pending" : kind === "declined" ? "declined" : "accepted",
    initiator_id: other,
    declined_at: null,
    blocked_by: kind === "silenced" || kind === "unheard" ? [user] : [],
    last_seq: 3,
    pos: 3,
    info_pos: 0,
    countable: 0,
    sent: {},
    pins: 0,
    last_message: null,
    published_seq: 3,
    outbox: false,
    redo: null,
    created_at: at,
    updated_at: at,
    changed_at: at,
    deleted_at: null,
  } as ConversationDoc;
  const own = newMember(_id, user, "member", at);
  if (kind === "hidden") Object.assign(own, { hidden: true, hidden_seq: 3 });
  if (out) Object.assign(own, { left_at: earlier, ...(kind === "asked" ? { invited_by: other } : {}) });
  const before = earlier < at ? earlier : at;
  if (kind === "unheard") own.unheard = { to: 3, seq: 1, at: before };
  if (kind === "pair") own.unheard = { to: 2, seq: 1, at: before }; // something was said since that they may know
  return [conversation, [own, newMember(_id, other, "member", at)]];
}

/** Looks at all of them. */
function expected(user: number, all: [ConversationDoc, MemberDoc[]][], status: string | undefined): string[] {
  const rows = all.flatMap(([conversation, [member]]) => {
    if (!member) return [];
    const isAsked = member.invited_by && (status === undefined || status === "pending");
    const isIn = !member.left_at && !isSilenced(conversation, user) && (!status || conversation.status === status);
    if ((!isAsked && !isIn) || isHidden(conversation, member)) return [];
    return [{ _id: conversation._id, at: activityFor(conversation, member).at.getTime() }];
  });
  return rows.sort((a, b) => b.at - a.at || (a._id < b._id ? 1 : -1)).map((row) => row._id);
}

it("by cursor and by skip, whatever is hidden, waits or was not heard of", async () => {
  const lists = fc.array(sort, { maxLength: 40 });
  const status = fc.constantFrom(undefined, "pending", "accepted", "declined");
  const property = fc.asyncProperty(lists, status, fc.integer({ min: 1, max: 5 }), async (kinds, status, limit) => {
    const user = (next += 10);
    const all = kinds.map((kind) => documentsOf(user, kind));
    await stores().members.insert(all.flatMap(([, members]) => members));
    await stores().conversations.insert(all.map(([conversation]) => conversation));
    const wanted = expected(user, all, status);
    const asked = { limit, ...(status ? { status } : {}) } as const;
    const byCursor: string[] = [];
    const bySkip: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await chat.as(user)("chat.list", { ...asked, skip: 0, ...(cursor ? { cursor } : {}) });
      byCursor.push(...page.map((c) => c._id));
      cursor = page.at(-1)?.cursor;
      if (!cursor) break;
    }
    for (let page; (page = await chat.as(user)("chat.list", { ...asked, skip: bySkip.length })).length;)
      bySkip.push(...page.map((c) => c._id));
    expect({ byCursor, bySkip }).toEqual({ byCursor: wanted, bySkip: wanted });
  });
  await fc.assert(property, { numRuns: 60 });
});

it("without reading more than a page and a few", async () => {
  const user = (next += 10);
  const many = Array.from({ length: 300 }, () =>
    documentsOf(user, { kind: "group", at: new Date(), earlier: new Date() }),
  );
  await stores().members.insert(many.flatMap(([, members]) => members));
  await stores().conversations.insert(many.map(([conversation]) => conversation));
  const read: number[] = [];
  const spies = [stores().conversations, stores().members].map((collection) => {
    const find = collection.find.bind(collection) as (...args: unknown[]) => Promise<never[]>;
    return jest.spyOn(collection, "find" as never).mockImplementation((async (...args: unknown[]) => {
      const found = await find(...args);
      read.push(found.length);
      return found;
    }) as never);
  });
  expect(await chat.as(user)("chat.list", { limit: 20, skip: 0 })).toHaveLength(20);
  for (const spy of spies) spy.mockRestore();
  expect(read.reduce((a, b) => a + b, 0)).toBeLessThan(100);
});
