/** What a member may know: through every door the same, as one pure function says. */
import fc from "fast-check";
import { type ActionName, actions, type Result } from "../../contracts/actions";
import { routes } from "../../contracts/routes";
import { type clientEvents } from "../../contracts/sockets";
import { chatOf } from "../../services/chat/chat";
import { hiddenFor, isSilenced, knownTo } from "../../services/chat/conversation/knowledge";
import { messageView } from "../../services/chat/conversation/views";
import { type ChatSystem, startChat } from "../support/chat";

let chat: ChatSystem;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

type ChatAction = Extract<
  (typeof clientEvents)["/chat"][keyof (typeof clientEvents)["/chat"]]["action"],
  `chat.${string}`
>;
type Door = ChatAction | "chat.message";

interface Sight {
  readonly conversationId: string;
  readonly messageIds: readonly string[];
}
type Look = (s: Sight) => readonly object[];
const ofAll: Look = ({ messageIds }) => messageIds.map((messageId) => ({ messageId }));
const ofOne =
  (more: object): Look =>
  ({ conversationId }) => [{ conversationId, ...more }];

/** Every action that a door leads to: how one looks through it, or that it is an act. A new one fails to compile. */
const doors: Record<Door, Look | "act"> = {
  "chat.join": ofOne({}),
  "chat.list": () => [{ limit: 100, skip: 0 }],
  "chat.get": ofOne({}),
  "chat.members": ofOne({}),
  "chat.messages": ofOne({ limit: 100 }),
  "chat.message": ofAll,
  "chat.status": ofAll,
  "chat.thread": ({ messageIds }) => messageIds.map((messageId) => ({ messageId, limit: 100 })),
  "chat.history": ofAll,
  "chat.threadSummaries": ({ messageIds }) => messageIds.map((id) => ({ messageIds: [id] })),
  "chat.followThread": "act",
  "chat.pins": ofOne({}),
  "chat.search": ({ conversationId }) =>
    ["old", "new", "hi"].map((query) => ({ query, conversationId, limit: 100, skip: 0 })),
  "chat.unread": () => [{}],
  "chat.sync": ({ conversationId }) => [{ cursors: { [conversationId]: 0 } }, { cursors: {} }],
  "chat.presence": () => [{ userIds: [1, 2, 3] }],
  // Acks that show the conversation; they change nothing that is not so already.
  "chat.mute": ofOne({ muted: false }),
  "chat.pin": ofOne({ pinned: false }),
  "chat.hide": ofOne({ hidden: false }),
  "chat.draft": ofOne({ content: "" }),
  "chat.saved": () => [{ limit: 100 }],
  "chat.vote": "act",
  "chat.ownVote": ofAll,
  "chat.closePoll": "act",
  "chat.saveMessage": "act",
  "chat.unsaveMessage": "act",
  "chat.scheduled": () => [{ limit: 100 }],
  "chat.reminders": () => [{ limit: 100 }],
  "chat.schedule": "act",
  "chat.reschedule": "act",
  "chat.unschedule": "act",
  "chat.remind": "act",
  "chat.forgetReminder": "act",
  "chat.create": "act",
  "chat.delete": "act",
  "chat.update": "act",
  "chat.addMember": "act",
  "chat.removeMember": "act",
  "chat.discover": () => [{ limit: 100 }],
  "chat.links": ofOne({}),
  "chat.joinRequests": ofOne({}),
  "chat.hooks": ofOne({}),
  "chat.createHook": "act",
  "chat.revokeHook": "act",
  "chat.openLink": "act", // by a secret, whoever has it
  "chat.enter": "act",
  "chat.createLink": "act",
  "chat.revokeLink": "act",
  "chat.answerRequest": "act",
  "chat.updateMember": "act",
  "chat.promote": "act",
  "chat.demote": "act",
  "chat.transfer": "act",
  "chat.accept": "act",
  "chat.decline": "act",
  "chat.clear": "act",
  "chat.typing": "act",
  "chat.sendEvent": "act",
  "chat.markRead": "act",
  "chat.setStatus": "act",
  "chat.read": "act",
  "chat.delivered": "act",
  "chat.readMany": "act",
  "chat.send": "act",
  "chat.forward": "act",
  "chat.edit": "act",
  "chat.deleteMessage": "act",
  "chat.react": "act",
  "chat.unreact": "act",
  "chat.pinMessage": "act",
  "chat.unpinMessage": "act",
};

/** Moves with everything that happens, and tells nothing of it. */
const moving = new Set(["cursors", "cursor", "next"]);
const still = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, v: unknown) => (moving.has(key) ? undefined : v)));

/** All that a user learns by looking through every door. */
async function sightOf(userId: number, s: Sight): Promise<Record<string, unknown[]>> {
  const seen: Record<string, unknown[]> = {};
  for (const [name, look] of Object.entries(doors)) {
    if (look === "act") continue;
    const answers = look(s).map((params) =>
      chat
        .as(userId)(name as ActionName, params as never)
        .then(still, (error: { type: string }) => error.type),
    );
    seen[name] = await Promise.all(answers);
  }
  return seen;
}

let next = 0;
const people = (n: number): number[] => Array.from({ length: n }, () => (next = (next % 290) + 1));
const block = async (userId: number, blockedId: number, blocked = true): Promise<void> => {
  if (blocked) chat.blocks.add(`${userId}>${blockedId}`);
  else chat.blocks.delete(`${userId}>${blockedId}`);
  await chat.broker.call("chat.applyBlock", { userId, blockedId });
  await chat.broker.broadcast("users.blockChanged", { userId, blockedId, blocked });
};

it("has a row for every route of members", () => {
  const ofMembers = (action: ActionName): boolean =>
    action.startsWith("chat.") && !["admin", "staff", "anyone"].includes(actions[action].access);
  const reached = routes.map(({ action }) => action).filter(ofMembers);
  expect(reached.filter((action) => !(action in doors))).toEqual([]);
});

/** What one side may try while the other must not hear of it. */
const acts: Record<
  string,
  (as: ReturnType<ChatSystem["as"]>, s: Sight & { own: string; others: string }) => Promise<unknown>
> = {
  "reads one message": (as, { others }) => as("chat.read", { messageId: others }),
  "gets one": (as, { others }) => as("chat.delivered", { messageId: others }),
  "sets a status": (as, { others }) => as("chat.setStatus", { messageId: others, status: "read" }),
  "reads many": (as, { messageIds }) => as("chat.readMany", { messageIds: [...messageIds] }),
  "reads all": (as, { conversationId }) => as("chat.markRead", { conversationId }),
  reacts: (as, { others }) => as("chat.react", { messageId: others, emoji: "👍" }),
  "reacts to their own": (as, { own }) => as("chat.react", { messageId: own, emoji: "👍" }),
  "follows a thread": (as, { others }) => as("chat.followThread", { messageId: others, following: true }),
  pins: (as, { others }) => as("chat.pinMessage", { messageId: others }),
  "sends an event": (as, { conversationId }) => as("chat.sendEvent", { conversationId, name: "cursor", data: 1 }),
  types: (as, { conversationId }) => as("chat.typing", { conversationId, isTyping: true }),
  mutes: (as, { conversationId }) => as("chat.mute", { conversationId, muted: true }),
  "deletes for themselves": (as, { others }) => as("chat.deleteMessage", { messageId: others, forMe: true }),
  clears: (as, { conversationId }) => as("chat.clear", { conversationId }),
};
const says: typeof acts = {
  edits: (as, { own }) => as("chat.edit", { messageId: own, content: "new words" }),
  sends: (as, { conversationId }) => as("chat.send", { conversationId, content: "new" }),
  replies: (as, { conversationId, others }) => as("chat.send", { conversationId, content: "new", replyTo: others }),
};

describe.each(["a request that waits", "a pair with a block, seen by who blocks", "seen by the blocked"])(
  "%s",
  (situation) => {
    const waits = situation === "a request that waits";
    it.each(Object.entries(waits || situation === "seen by the blocked" ? acts : { ...acts, ...says }))(
      "tells the other side nothing when one %s",
      async (_name, act) => {
        const [a, b] = people(2) as [number, number];
        const { _id: conversationId } = await chat.as(a)("chat.create", { participantIds: [b] });
        const first = await chat.send(a, conversationId, "hi old");
        const ids = [first._id];
        if (!waits) {
          await chat.as(b)("chat.accept", { conversationId });
          ids.push((await chat.send(b, conversationId, "hi old too"))._id);
          await block(situation.endsWith("who blocks") ? a : b, situation.endsWith("who blocks") ? b : a);
        }
        await chat.as(a)("chat.markRead", { conversationId });
        // b acts, a looks.
        const sight: Sight = { conversationId, messageIds: ids };
        await sightOf(a, sight); // the acks among the doors leave settings behind, once
        const before = await sightOf(a, sight);
        chat.emitted.length = 0;
        await act(chat.as(b), { ...sight, own: ids.at(-1) as string, others: first._id }).catch((error: unknown) => {
          expect(error).toMatchObject({ type: "FORBIDDEN" });
        });
        expect(chat.emitted.filter((e) => e.users.includes(a) && e.event !== "conversation:updated")).toEqual([]);
        expect(await sightOf(a, sight)).toEqual(before);
      },
    );
  },
);

describe("what was said unheard", () => {
  it("stays unheard after the block is lifted, whatever is done to it, and brings nothing back", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.pair(a, b);
    const old = await chat.send(b, conversationId, "hi old");
    await chat.as(a)("chat.hide", { conversationId, hidden: true });
    await block(a, b);
    const secrets = [];
    for (let i = 0; i < 53; i++) secrets.push(await chat.send(b, conversationId, `swordfish ${i}`));
    await chat.as(b)("chat.edit", { messageId: old._id, content: "swordfish old" });
    const acks = await sightOf(a, { conversationId, messageIds: [old._id, ...secrets.slice(-3).map((m) => m._id)] });
    expect(JSON.stringify(acks)).not.toContain("swordfish");
    expect(acks["chat.pin"]).toMatchObject([{ lastMessage: { content: "hi old" } }]);
    await block(a, b, false);
    chat.emitted.length = 0;
    const secret = secrets.at(-1)?._id as string;
    await chat.as(b)("chat.edit", { messageId: secret, content: "swordfish edited" });
    await chat.as(b)("chat.react", { messageId: secret, emoji: "👍" });
    await chat.send(b, conversationId, "hi again", { replyTo: secret });
    await chat.send(b, conversationId, "and again", { replyTo: old._id });
    const told = JSON.stringify(chat.emitted.filter((e) => e.users.includes(a)));
    expect(told).toContain("hi again");
    expect(told).not.toContain("swordfish");
    expect(JSON.stringify(await sightOf(a, { conversationId, messageIds: [old._id, secret] }))).not.toContain(
      "swordfish",
    );
    await chat.as(b)("chat.edit", { messageId: old._id, content: "hi new" });
    expect((await chat.as(a)("chat.message", { messageId: old._id })).content).toBe("hi new");
  });

  it("is known once the request is accepted", async () => {
    const [a, b] = people(2) as [number, number];
    const { _id: conversationId } = await chat.as(a)("chat.create", { participantIds: [b] });
    const { _id: messageId } = await chat.send(a, conversationId, "hi");
    await chat.as(b)("chat.react", { messageId, emoji: "👍" });
    await chat.as(b)("chat.read", { messageId });
    expect(await chat.as(a)("chat.message", { messageId })).toMatchObject({
      reactions: {},
      seen_by: [],
      status: "sent",
    });
    const { cursors } = await chat.as(a)("chat.sync", {});
    await chat.as(b)("chat.accept", { conversationId });
    const known = { reactions: { "👍": [b] }, seen_by: [b], status: "read" };
    expect(await chat.as(a)("chat.message", { messageId })).toMatchObject(known);
    const { changes } = await chat.as(a)("chat.sync", { cursors });
    expect(changes.find((c) => c.type === "message")?.message).toMatchObject(known);
  });
});

describe("typing", () => {
  it("ends for the others with a removal and with a block", async () => {
    const [a, b, c] = people(3) as [number, number, number];
    const group = await chat.group(a, b, c);
    const pair = await chat.pair(a, b);
    for (const { _id } of [group, pair]) await chat.as(b)("chat.typing", { conversationId: _id, isTyping: true });
    chat.emitted.length = 0;
    await chat.as(a)("chat.removeMember", { conversationId: group._id, userId: b });
    await block(a, b);
    const ended = (conversationId: string) => ({ conversationId, userId: b, isTyping: false });
    expect(chat.heard(a, "typing")).toEqual([ended(group._id), ended(pair._id)]);
    expect(chat.heard(c, "typing")).toEqual([ended(group._id)]);
  });
});

const users = [291, 292, 293] as const;
const step = fc.record({
  who: fc.constantFrom(...users),
  where: fc.constantFrom("pair", "group"),
  pick: fc.nat(20),
  what: fc.constantFrom(
    ...(["send", "reply", "edit", "react", "pin", "read", "forMe", "delete", "clear"] as const),
    ...(["block", "unblock", "accept", "decline", "remove", "add", "history", "hide"] as const),
  ),
});

/** All pages: what earlier rounds left comes before. */
async function allSince(userId: number, cursors: Record<string, number>) {
  const changes: Result<"chat.sync">["changes"][number][] = [];
  for (let next: Record<string, number> | null = cursors; next !== null;) {
    const page: Result<"chat.sync"> = await chat.as(userId)("chat.sync", { cursors: next });
    changes.push(...page.changes);
    next = page.next;
  }
  return changes;
}

describe("through every door", () => {
  it("a member learns what the one rule says, after any sequence of acts", async () => {
    const { stores } = chatOf(chat.broker.getLocalService("chat"));
    const [a, b] = users;
    const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
      chat.blocks.clear();
      for (const old of await stores.conversations.find({ pair_key: `${a}:${b}` }))
        await chat.broker.call(
          "chat.run",
          { conversationId: old._id, command: { kind: "delete" } },
          { meta: { caller: { userId: a, roles: [] } } },
        );
      await stores.conversations.updateOne(
        { pair_key: `${a}:${b}` },
        { $set: { pair_key: `gone:${String(Math.random())}` } },
      );
      const pair = await chat.as(a)("chat.create", { participantIds: [b] });
      const group = await chat.group(...users);
      const sent: Record<string, string[]> = { [pair._id]: [], [group._id]: [] };
      for (const { who, where, what, pick } of steps) {
        const { _id: conversationId } = where === "pair" ? pair : group;
        const ids = sent[conversationId] as string[];
        const messageId = ids[pick % Math.max(1, ids.length)] ?? "0".repeat(24);
        const as = chat.as(who);
        const other = who === a ? b : a;
        const acting: Record<typeof what, () => Promise<unknown>> = {
          send: () => chat.send(who, conversationId, "hi old").then((m) => ids.push(m._id)),
          reply: () => chat.send(who, conversationId, "hi", { replyTo: messageId }).then((m) => ids.push(m._id)),
          edit: () => as("chat.edit", { messageId, content: `new ${pick}` }),
          react: () => as("chat.react", { messageId, emoji: "👍" }),
          pin: () => as("chat.pinMessage", { messageId }),
          read: () => as("chat.read", { messageId }),
          forMe: () => as("chat.deleteMessage", { messageId, forMe: true }),
          delete: () => as("chat.deleteMessage", { messageId }),
          clear: () => as("chat.clear", { conversationId }),
          block: () => block(who, other),
          unblock: () => block(who, other, false),
          accept: () => as("chat.accept", { conversationId }),
          decline: () => as("chat.decline", { conversationId }),
          remove: () => chat.as(a)("chat.removeMember", { conversationId: group._id, userId: who }),
          add: () => chat.as(a)("chat.addMember", { conversationId: group._id, userId: who }),
          history: () => as("chat.update", { conversationId: group._id, history: pick % 2 ? "all" : "joined" }),
          hide: () => as("chat.hide", { conversationId, hidden: true }),
        };
        await acting[what]().catch((error: { type?: string }) =>
          expect(error.type).toMatch(/^(FORBIDDEN|NOTFOUND|CONFLICT|BAD_REQUEST)$/),
        );
      }
      for (const { _id: conversationId } of [pair, group])
        for (const userId of users) {
          const conversation = await stores.conversations.findOne({ _id: conversationId });
          const member = await stores.members.findOne({ conversation_id: conversationId, user_id: userId });
          const messageIds = sent[conversationId] as string[];
          const sight = await sightOf(userId, { conversationId, messageIds });
          if (!conversation || !member || member.left_at) {
            expect(sight["chat.messages"]).toEqual(["FORBIDDEN"]);
            continue;
          }
          const place = { conversation, member };
          const docs = await stores.messages.find({ conversation_id: conversationId }, { sort: [["seq", -1]] });
          const known = docs.flatMap((doc) => knownTo(doc, place) ?? []).map((doc) => messageView(doc));
          const words = (m: { _id: string; content: string; reactions: object; pinned_at: unknown }) => [
            m._id,
            m.content,
            m.reactions,
            m.pinned_at !== null,
          ];
          const listed = (sight["chat.messages"] as [Parameters<typeof words>[0][]])[0];
          expect(listed.map(words)).toEqual(known.map(words));
          const changes = await allSince(userId, { [conversationId]: 0 });
          const synced = changes.flatMap((c) => (c.conversationId === conversationId && c.message ? [c.message] : []));
          const told = isSilenced(conversation, userId) ? [] : known; // in no list at all
          expect(synced.map(words).sort()).toEqual(told.map(words).sort());
          for (const ack of ["chat.get", "chat.mute", "chat.pin", "chat.hide"])
            expect((sight[ack] as { lastMessage: { _id: string } | null }[])[0]?.lastMessage?._id).toBe(known[0]?._id);
          const pinned = (sight["chat.pins"] as [{ _id: string }[]])[0].map((m) => m._id);
          expect(pinned.sort()).toEqual(
            known
              .filter((m) => m.pinned_at)
              .map((m) => m._id)
              .sort(),
          );
          const [found] = (sight["chat.search"] as { messages: { _id: string }[] }[]).slice(1);
          expect(found?.messages.map((m) => m._id).sort()).toEqual(
            known
              .filter((m) => m.content.startsWith("new"))
              .map((m) => m._id)
              .sort(),
          );
          const hidden = docs
            .filter((doc) => hiddenFor(doc, place) && messageIds.includes(doc._id))
            .map((doc) => doc._id);
          messageIds.forEach((id, i) => {
            for (const door of ["chat.message", "chat.status", "chat.thread", "chat.history"])
              expect((sight[door] as unknown[])[i] === "NOTFOUND").toBe(hidden.includes(id));
          });
        }
    });
    await fc.assert(property, { numRuns: Number(process.env.PROPERTY_RUNS ?? 15) });
  });
});

it("who knows a message as it was goes on knowing it so when they react to it", async () => {
  const { _id: conversationId } = await chat.pair(297, 298);
  const { _id: messageId } = await chat.send(297, conversationId, "as it was");
  await block(298, 297);
  await chat.as(297)("chat.edit", { messageId, content: "unheard" });
  await chat.as(298)("chat.react", { messageId, emoji: "👍" });
  const [known] = await chat.as(298)("chat.messages", { conversationId, limit: 10 });
  expect(known).toMatchObject({ content: "as it was", reactions: { "👍": [298] } });
  await block(298, 297, false);
});
