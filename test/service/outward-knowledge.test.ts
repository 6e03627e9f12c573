/** What leaves by notifications, pushes and webhooks: nothing that whoever gets it may not know, whatever was done before. */
import fc from "fast-check";
import { type ActionName, actions, type Params } from "../../contracts/actions";
import { routes } from "../../contracts/routes";
import { type clientEvents, type serverEvents } from "../../contracts/sockets";
import { type FactKind, factKinds, factNames } from "../../contracts/facts";
import { tell } from "../../services/notifications/log/teller";
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { excerpt } from "../../platform/graphemes";
import { chatOf } from "../../services/chat/chat";
import { type MessageDoc } from "../../services/chat/conversation/documents";
import { isHushed, knownTo } from "../../services/chat/conversation/knowledge";
import { contextOf } from "../../services/notifications/context";
import { idFor, keyOfMessage } from "../../services/notifications/ids";
import { type PushNote } from "../../services/notifications/push/provider";
import { type ChatSystem, startChat } from "../support/chat";
import { eventually } from "../support/eventually";

const pushed: { userId: number; note: PushNote }[] = [];
jest.mock("../../services/notifications/push/web-push", () => ({
  webPushOf: () => ({
    send: ({ endpoint }: { endpoint: string }, note: PushNote) => {
      pushed.push({ userId: Number(endpoint.split("/").at(-1)), note });
      return Promise.resolve("sent");
    },
  }),
}));

let chat: ChatSystem;
const notifying = () => contextOf(chat.broker.getLocalService("notifications"));
beforeAll(async () => {
  chat = await startChat({ SERVICES: "chat,notifications" });
  const everyone = Array.from({ length: 300 }, (_, i) => i + 1);
  const about = { node: chat.broker.nodeID, epoch: "1", version: 1, snapshot: true, removed: [] };
  await call(chat.broker, "notifications.located", { ...about, added: everyone, hearing: everyone });
  const now = new Date();
  const browser = { p256dh: "", auth: "", session_id: "s", created_at: now };
  const { devices, webhooks } = notifying().stores;
  await devices.insert(
    everyone.map((id) => ({ _id: newId(), user_id: id, endpoint: `https://push.example/${id}`, ...browser })),
  );
  const far = new Date(Date.now() + 3_600_000);
  const hook = {
    url: "https://example.org",
    secret: "",
    facts: ["message.created" as const],
    position: 0,
    attempts: 0,
  };
  await webhooks.insert([{ _id: newId(), ...hook, due_at: far, created_at: now }]);
});
afterAll(() => chat.stop());

type Chat = (typeof clientEvents)["/notifications"];
type Ask = Extract<Chat[keyof Chat]["action"], `notifications.${string}`> | "notifications.count";
interface Sight {
  readonly messageIds: readonly string[];
  readonly notificationIds: readonly string[];
}
type Look = (s: Sight) => readonly object[];

/** Every action of the door: how one looks through it, or that it changes one's own. A new one fails to compile. */
const asks: Record<Ask, Look | "act"> = {
  "notifications.list": () => [{ limit: 100 }, { limit: 100, group: true }, { limit: 100, unreadOnly: true }],
  "notifications.get": ({ notificationIds }) => notificationIds.map((notificationId) => ({ notificationId })),
  "notifications.explain": ({ messageIds }) => messageIds.map((messageId) => ({ messageId })),
  "notifications.count": () => [{}],
  "notifications.preferences": () => [{}],
  "notifications.read": "act",
  "notifications.readAll": "act",
  "notifications.delete": "act",
  "notifications.ping": "act",
};
/** Every event of the door, and every fact for integrations: whether it carries words of members. */
const told: Record<keyof (typeof serverEvents)["/notifications"], "words" | "none"> = {
  "notification:created": "words",
  "notification:updated": "words",
  "notification:read": "none",
  "notification:deleted": "none",
  "notification:count": "none",
  pong: "none",
  error: "none",
};
const facts: Record<FactKind, "words" | "none"> = {
  ...(Object.fromEntries(factNames.map((name) => [name, "none"])) as Record<FactKind, "none">),
  "message.created": "words",
  "message.updated": "words",
};
it("keeps words of none of the kinds of facts, and reads them only of messages", () => {
  for (const name of factNames)
    expect([name, factKinds[name].reads === "message"]).toEqual([name, facts[name] === "words"]);
});

/** No member's words go through these. */
const ofDevices = [
  ...["notifications.pushKey", "notifications.subscribe", "notifications.unsubscribe"],
  ...["notifications.pushServices", "notifications.addDevice", "notifications.removeDevice"],
];

it("has a row for every route of members", () => {
  const ofMembers = (action: ActionName): boolean =>
    action.startsWith("notifications.") && actions[action].access === "user" && !ofDevices.includes(action);
  expect(routes.map(({ action }) => action).filter((action) => ofMembers(action) && !(action in asks))).toEqual([]);
});

async function sightOf(userId: number, s: Sight): Promise<Record<Ask, unknown[]>> {
  const seen = {} as Record<Ask, unknown[]>;
  for (const [name, look] of Object.entries(asks) as [Ask, Look | "act"][])
    if (look !== "act")
      seen[name] = await Promise.all(
        look(s).map((p) =>
          chat
            .as(userId)(name, p as never)
            .catch((error: { type: string }) => error.type),
        ),
      );
  return seen;
}

const WORD = /w\d+/g;
const wordsIn = (value: unknown): string[] => JSON.stringify(value ?? null).match(WORD) ?? [];

interface Room {
  readonly id: string;
  readonly sent: string[];
}
const stores = () => chatOf(chat.broker.getLocalService("chat")).stores;

/** The messages of a room that a user knows and may be told of, as they know them. */
async function toldIn(room: Room, userId: number): Promise<MessageDoc[]> {
  const conversation = await stores().conversations.findOne({ _id: room.id });
  const member = await stores().members.findOne({ conversation_id: room.id, user_id: userId });
  if (!conversation || !member || member.left_at) return [];
  const docs = await stores().messages.find({ conversation_id: room.id });
  return docs.flatMap((doc) => knownTo(doc, { conversation, member }) ?? []);
}

const step = fc.record({
  who: fc.nat(2),
  inPair: fc.boolean(),
  pick: fc.nat(20),
  what: fc.constantFrom(
    ...(["send", "reply", "mention", "edit", "editAt", "forMe", "delete", "clear", "read"] as const),
    ...(["block", "unblock", "accept", "decline", "remove", "add", "hide", "mute"] as const),
  ),
});
let people = 0;
let words = 0;

describe("through every door outwards", () => {
  it("goes what the one rule says, after any sequence of acts", async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const users = [++people, ++people, ++people] as const;
      const [a, b] = users;
      const pair: Room = { id: (await chat.as(a)("chat.create", { participantIds: [b] }))._id, sent: [] };
      const group: Room = { id: (await chat.group(...users))._id, sent: [] };
      /** What each may have been told by now, at some time. */
      const heard = new Map(users.map((id) => [id, new Set<string>()]));
      const note = async (): Promise<void> => {
        for (const room of [pair, group]) {
          const conversation = await stores().conversations.findOne({ _id: room.id });
          if (!conversation || isHushed(conversation)) continue;
          for (const id of users)
            for (const doc of await toldIn(room, id))
              if (!chat.blocks.has(`${id}>${doc.sender_id}`))
                for (const w of wordsIn(doc.content)) heard.get(id)?.add(w);
        }
      };
      const block = async (userId: number, blockedId: number, blocked: boolean): Promise<void> => {
        chat.blocks[blocked ? "add" : "delete"](`${userId}>${blockedId}`);
        await chat.broker.call("chat.applyBlock", { userId, blockedId, blocked });
        await chat.broker.broadcast("users.blockChanged", { userId, blockedId, blocked });
      };
      const [pushes, events] = [pushed.length, chat.emitted.length];
      for (const { who: index, inPair, what, pick } of steps) {
        const who = users[index] as number;
        const room = inPair ? pair : group;
        const conversationId = room.id;
        const messageId = room.sent[pick % Math.max(1, room.sent.length)] ?? "0".repeat(24);
        const as = chat.as(who);
        const other = who === a ? b : a;
        const content = `w${++words} `;
        const say = (more: Partial<Params<"chat.send">> = {}) =>
          chat.send(who, conversationId, content, more).then((m) => room.sent.push(m._id));
        const acting: Record<typeof what, () => Promise<unknown>> = {
          send: () => say(),
          reply: () => say({ replyTo: messageId }),
          mention: () => say({ mentions: [other] }),
          edit: () => as("chat.edit", { messageId, content }),
          editAt: () => as("chat.edit", { messageId, content, mentions: [other] }),
          forMe: () => as("chat.deleteMessage", { messageId, forMe: true }),
          delete: () => as("chat.deleteMessage", { messageId }),
          clear: () => as("chat.clear", { conversationId }),
          read: () => as("chat.markRead", { conversationId }),
          block: () => block(who, other, true),
          unblock: () => block(who, other, false),
          accept: () => as("chat.accept", { conversationId }),
          decline: () => as("chat.decline", { conversationId }),
          remove: () => chat.as(a)("chat.removeMember", { conversationId: group.id, userId: who }),
          add: () => chat.as(a)("chat.addMember", { conversationId: group.id, userId: who }),
          hide: () => as("chat.hide", { conversationId, hidden: true }),
          mute: () => as("chat.mute", { conversationId, muted: pick % 2 === 0 }),
        };
        await acting[what]().catch((error: { type?: string }) =>
          expect(error.type).toMatch(/^(FORBIDDEN|NOTFOUND|CONFLICT|BAD_REQUEST)$/),
        );
        await note();
      }
      await eventually(async () => {
        expect(await stores().conversations.count({ outbox: true })).toBe(0);
        expect(await notifying().stores.pushJobs.count({})).toBe(0);
        for (const userId of users) await settled(userId, [pair, group]);
      });
      for (const { event, payload, users: got } of chat.emitted.slice(events))
        if (told[event as keyof typeof told] === "words")
          for (const id of got) expect([...(heard.get(id) ?? [])]).toEqual(expect.arrayContaining(wordsIn(payload)));
      for (const { userId, note: pushedNote } of pushed.slice(pushes))
        expect([...(heard.get(userId) ?? [])]).toEqual(expect.arrayContaining(wordsIn(pushedNote)));
      await expectLogged([pair, group]);
    });
    await fc.assert(property, { numRuns: Number(process.env.PROPERTY_RUNS ?? 4), endOnFailure: true });
  });
});

/** What they find now is of messages that they know, as they know them. */
async function settled(userId: number, rooms: readonly Room[]): Promise<void> {
  const known = (await Promise.all(rooms.map((room) => toldIn(room, userId)))).flat();
  const allowed = new Map(known.map((doc) => [idFor(keyOfMessage(doc._id), userId), doc]));
  const messageIds = rooms.flatMap(({ sent }) => sent);
  const notificationIds = messageIds.map((id) => idFor(keyOfMessage(id), userId));
  const seen = await sightOf(userId, { messageIds, notificationIds });
  const shown = JSON.parse(JSON.stringify(seen), (_key, v: unknown) =>
    v !== null && typeof v === "object" && "notification" in v ? v.notification : v,
  ) as Record<Ask, unknown[]>;
  const found = Object.values(shown)
    .flat(2)
    .filter(
      (v): v is { _id: string; content: string; type: string } => v !== null && typeof v === "object" && "title" in v,
    );
  for (const n of found) {
    if (n.type !== "message") continue;
    const doc = allowed.get(n._id);
    expect([n._id, doc?.deleted_at ?? null, n.content]).toEqual([n._id, null, excerpt(doc?.content ?? "", 200)]);
  }
}

/** What integrations are told late, or again: each message once, in order, as it is now. */
async function expectLogged(rooms: readonly Room[]): Promise<void> {
  await eventually(async () => {
    const log = await notifying().stores.facts.find({}, { sort: [["position", 1]] });
    expect(wordsIn(log)).toEqual([]); // references alone
    for (const { sent, id: conversationId } of rooms) {
      const made = log.filter(({ type, data }) => type === "message.created" && data.conversationId === conversationId);
      const seqs = made.map(({ data }) => data.seq as number);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      for (const id of sent) {
        const doc = await stores().messages.findOne({ _id: id });
        const of = log.filter(({ type, data }) => facts[type] === "words" && data.messageId === id);
        expect(of.filter(({ type }) => type === "message.created").length).toBe(1);
        for (const { data } of await tell(chat.broker, of)) {
          expect(wordsIn(data)).toEqual(expect.arrayContaining(wordsIn(doc?.content)));
          if (doc?.deleted_at) expect(wordsIn((data as { message: { content: string } }).message.content)).toEqual([]);
        }
      }
    }
  });
}
