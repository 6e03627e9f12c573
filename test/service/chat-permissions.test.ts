import { type ActionName } from "../../contracts/actions";
import { clientEvents } from "../../contracts/sockets";
import { type ChatSystem, startChat } from "../support/chat";

type Event = keyof (typeof clientEvents)["/chat"];
const roles = ["outsider", "removed", "member", "moderator", "admin"] as const;
type Role = (typeof roles)[number];
const ids: Record<Role, number> = { outsider: 1, removed: 2, member: 3, moderator: 4, admin: 5 };
const extra = 6;
const sender = 7;

interface Fixture {
  conversationId: string;
  /** Sent by another member. */
  messageId: string;
}
interface Row {
  params: (f: Fixture) => object;
  /** Who may; the others hear FORBIDDEN. */
  may: readonly Role[];
}

const members: readonly Role[] = ["member", "moderator", "admin"];
const leaders: readonly Role[] = ["moderator", "admin"];
const onConversation = (f: Fixture) => ({ conversationId: f.conversationId });
const onMessage = (f: Fixture) => ({ messageId: f.messageId });

/** Not about a place in a conversation: answered for the caller alone. */
const own = (params: object): Row => ({ params: () => params, may: roles });
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
const elsewhere = "tested with the sockets";

/** Every event must be here: a new one fails to compile until it is. */
const rows: Record<Event, Row | typeof elsewhere> = {
  "conversation:join": { params: onConversation, may: members },
  "conversation:leave": elsewhere,
  "conversation:list": own({}),
  "conversation:get": { params: onConversation, may: members },
  "conversation:create": own({ participantIds: [extra] }),
  "conversation:delete": { params: onConversation, may: ["admin"] },
  "conversation:members": { params: onConversation, may: members },
  "conversation:add-member": { params: (f) => ({ ...onConversation(f), userId: extra }), may: leaders },
  "conversation:remove-member": { params: (f) => ({ ...onConversation(f), userId: sender }), may: leaders },
  "conversation:mark-read": { params: onConversation, may: members },
  "conversation:accept": { params: onConversation, may: [] },
  "conversation:decline": { params: onConversation, may: [] },
  "conversation:update": { params: (f) => ({ ...onConversation(f), name: "new" }), may: leaders },
  "conversation:discover": own({ limit: 10 }),
  "conversation:enter": { params: onConversation, may: members },
  "conversation:open-link": elsewhere,
  "conversation:links": { params: onConversation, may: leaders },
  "conversation:create-link": { params: onConversation, may: leaders },
  "conversation:revoke-link": elsewhere,
  "conversation:hooks": { params: onConversation, may: leaders },
  "conversation:create-hook": elsewhere, // test/flow/incoming.test.ts, for it makes an account
  "conversation:revoke-hook": elsewhere,
  "conversation:join-requests": { params: onConversation, may: leaders },
  "conversation:answer-request": elsewhere,
  "conversation:update-member": {
    params: (f) => ({ ...onConversation(f), userId: sender, custom: { seat: 1 } }),
    may: leaders,
  },
  "conversation:promote-moderator": { params: (f) => ({ ...onConversation(f), userId: sender }), may: ["admin"] },
  "conversation:demote-moderator": { params: (f) => ({ ...onConversation(f), userId: ids.moderator }), may: ["admin"] },
  "conversation:transfer-admin": { params: (f) => ({ ...onConversation(f), userId: sender }), may: ["admin"] },
  "conversation:mute": { params: (f) => ({ ...onConversation(f), muted: true }), may: members },
  "conversation:pin": { params: (f) => ({ ...onConversation(f), pinned: true }), may: members },
  "conversation:hide": { params: (f) => ({ ...onConversation(f), hidden: true }), may: members },
  "conversation:draft": { params: (f) => ({ ...onConversation(f), content: "x" }), may: members },
  "conversation:clear": { params: onConversation, may: members },
  "message:send": { params: (f) => ({ ...onConversation(f), content: "x" }), may: members },
  "message:forward": { params: (f) => ({ ...onConversation(f), messageId: f.messageId }), may: members },
  "poll:vote": elsewhere, // test/service/chat-polls.test.ts
  "poll:own": elsewhere,
  "poll:close": elsewhere,
  "message:save": { params: onMessage, may: members },
  "message:unsave": { params: onMessage, may: members },
  "message:saves": own({ limit: 10 }),
  "message:schedule": { params: (f) => ({ ...onConversation(f), content: "x", at: tomorrow }), may: members },
  "message:schedules": own({}),
  "message:reschedule": elsewhere,
  "message:unschedule": elsewhere,
  "reminder:create": { params: (f) => ({ ...onMessage(f), at: tomorrow }), may: members },
  "reminder:list": own({}),
  "reminder:delete": elsewhere,
  "message:edit": { params: (f) => ({ messageId: f.messageId, content: "x" }), may: [] },
  "message:list": { params: onConversation, may: members },
  "message:search": { params: (f) => ({ ...onConversation(f), query: "hello" }), may: members },
  "message:status:update": { params: (f) => ({ ...onMessage(f), status: "read" }), may: members },
  "message:status:get": { params: onMessage, may: members },
  "message:unread-count": own({}),
  "message:delete": { params: onMessage, may: leaders },
  "message:read": { params: onMessage, may: members },
  "message:delivered": { params: onMessage, may: members },
  "messages:mark-read": { params: (f) => ({ messageIds: [f.messageId] }), may: members },
  "message:react": { params: (f) => ({ ...onMessage(f), emoji: "👍" }), may: members },
  "message:unreact": { params: (f) => ({ ...onMessage(f), emoji: "👍" }), may: members },
  "message:pin": { params: onMessage, may: leaders },
  "message:unpin": { params: onMessage, may: leaders },
  "message:pins": { params: onConversation, may: members },
  "message:thread": { params: onMessage, may: members },
  "message:thread-summary": { params: (f) => ({ messageIds: [f.messageId] }), may: members },
  "message:follow": { params: (f) => ({ ...onMessage(f), following: true }), may: members },
  "message:history": { params: onMessage, may: members },
  "presence:get": own({ userIds: [extra] }),
  "user:block": elsewhere,
  "user:unblock": elsewhere,
  "user:blocked": elsewhere,
  sync: own({}),
  typing: { params: (f) => ({ ...onConversation(f), isTyping: true }), may: members },
  "event:send": { params: (f) => ({ ...onConversation(f), name: "cursor", data: { x: 1 } }), may: members },
  "auth:renew": elsewhere,
};

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

async function fixture(): Promise<Fixture> {
  const { admin, moderator, member, removed } = ids;
  const { _id: conversationId } = await chat.group(admin, moderator, member, removed, sender);
  await chat.as(admin)("chat.promote", { conversationId, userId: moderator });
  await chat.as(admin)("chat.removeMember", { conversationId, userId: removed });
  const { _id: messageId } = await chat.send(sender, conversationId, "hello");
  return { conversationId, messageId };
}

const cases = (Object.entries(rows) as [Event, Row | typeof elsewhere][]).flatMap(([event, row]) =>
  row === elsewhere ? [] : roles.map((role) => [event, role, row.may.includes(role) ? "may" : "may not", row] as const),
);

describe("in a group", () => {
  it.each(cases)("%s: the %s %s", async (event, role, _may, row) => {
    const action = clientEvents["/chat"][event].action as ActionName;
    const f = await fixture();
    chat.emitted.length = 0;
    const answer = chat.as(ids[role])(action, row.params(f) as never);
    if (row.may.includes(role)) return expect(answer).resolves.toBeDefined();
    // Its members are in already: they hear that, not that they may not.
    const noRequest = /accept|decline/.test(event) && members.includes(role);
    await expect(answer).rejects.toMatchObject({ type: noRequest ? "CONFLICT" : "FORBIDDEN" });
    expect(chat.emitted).toEqual([]);
    return undefined;
  });

  it.each(cases.filter(([, role, may]) => role === "member" && may === "may"))(
    "%s of something unknown is NOTFOUND",
    async (event, _role, _may, row) => {
      const unknown = "0".repeat(24);
      const params = row.params({ conversationId: unknown, messageId: unknown });
      if (!JSON.stringify(params).includes(unknown)) return;
      const action = clientEvents["/chat"][event].action as ActionName;
      await expect(chat.as(ids.member)(action, params as never)).rejects.toMatchObject({ type: "NOTFOUND" });
    },
  );
});
