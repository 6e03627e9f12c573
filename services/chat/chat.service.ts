/** The `chat` service: a table of actions. Rules live in ./rules, the actor's life in ./host and mixins/actors. */
import { type Service } from "moleculer";
import { type Result } from "../../contracts/actions";
import { isStaff } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { type Conversation, type Message } from "../../contracts/shapes";
import { publish } from "../../platform/bus";
import { envOf } from "../../platform/env";
import { directory } from "../../mixins/directory";
import { documents, storesOf } from "../../mixins/documents";
import { probe } from "../../platform/health";
import { act, hear, service, rows } from "../../platform/service";
import { summariesOf, membershipOf, placeOf } from "./queries/access";
import { update } from "./commands/avatars";
import { chatOf, closeChat, draftOf, openChat, presenceChanged } from "./chat";
import { type CommandBody } from "./conversation/commands";
import { pairKey, run } from "./commands/create";
import { collections } from "./conversation/documents";
import { mayMention } from "./conversation/mentions";
import { copyOf } from "./commands/forward";
import { joiningRows } from "./commands/joining";
import { judgedCopy, judgedCreation, judgedGroup } from "./commands/judged";
import * as moving from "./commands/moving";
import { requestOf, requestOfCopy } from "./commands/request";
import { entriesOf } from "./people/acquaintance";
import { unlessDone } from "./people/departures";
import { evidenceOf } from "./queries/evidence";
import { listConversations } from "./queries/list";
import { listMembers } from "./queries/members";
import { incomingRows } from "./incoming/rows";
import { laterRows } from "./later/rows";
import { savedMessages } from "./queries/saved";
import { eraseFrom, tracesOf } from "./retention/erasure";
import { listHolds, placeHold, releaseHold } from "./retention/holds";
import { toldOf } from "./queries/told";
import { tracedOf } from "./queries/traced";
import { threadSummaries } from "./queries/threads";
import * as reads from "./queries/reads";
import { answered, ofMessage, turn } from "./commands/pass";

const stores = (s: Service) => chatOf(s).stores;

/** @throws FORBIDDEN where the operator has not opened it */
function mustBeOpen(service: Service): void {
  if (envOf(service.broker).ADMIN_EXPORT !== "on")
    throw fail("FORBIDDEN", "Reading out conversations is closed; the operator opens it by ADMIN_EXPORT=on.");
}

export default service({
  name: "chat",
  mixins: [documents(collections), directory("chat", presenceChanged)],
  started(this: Service) {
    openChat(this);
  },
  stopped(this: Service) {
    return closeChat(this);
  },
  events: {
    "users.changed": hear("users.changed", function ({ profile }) {
      chatOf(this).names.changed(profile);
    }),
    "users.blockChanged": hear("users.blockChanged", function (block) {
      chatOf(this).blockChanged(block);
    }),
  },
  actions: rows<"chat", "located">({
    takeInMessages: act("chat.takeInMessages", function (_caller, p) {
      return moving.takeInMessages(stores(this), p);
    }),
    takeInConversation: act("chat.takeInConversation", function (_caller, p) {
      return moving.takeInConversation(stores(this), p);
    }),
    takenIn: act("chat.takenIn", async function (_caller, { conversationId }) {
      const found = await stores(this).conversations.findOne({ _id: conversationId }, { fields: ["last_seq"] });
      return { there: found !== undefined, last_seq: found?.last_seq ?? 0 };
    }),
    giveOut: act("chat.giveOut", function (_caller, p) {
      mustBeOpen(this);
      return moving.giveOut(stores(this), p);
    }),
    giveOutMessages: act("chat.giveOutMessages", function (_caller, p) {
      mustBeOpen(this);
      return moving.giveOutMessages(stores(this), p);
    }),

    create: act("chat.create", function (caller, p, ctx) {
      const { hook, creation, limits } = chatOf(this);
      return hook
        ? judgedCreation(hook, caller, p, limits.members).then((judged) => creation.create(ctx, caller, judged))
        : creation.create(ctx, caller, p);
    }),
    list: act("chat.list", function (caller, p) {
      return listConversations(stores(this), caller.userId, p);
    }),
    get: act("chat.get", async function (caller, p) {
      const place = await placeOf(stores(this), caller.userId, p.conversationId);
      const [view] = await reads.conversationsOf(stores(this), [place]);
      return view as Conversation;
    }),
    join: act("chat.join", async function (caller, p) {
      await membershipOf(stores(this), caller.userId, p.conversationId);
      return {};
    }),
    mine: act("chat.mine", async function (caller) {
      return [...(await summariesOf(stores(this), caller.userId)).places.keys()];
    }),
    members: act("chat.members", function (caller, p) {
      const { stores: of, names, presence } = chatOf(this);
      return listMembers(of, names, presence, caller.userId, p);
    }),

    send: act("chat.send", function (caller, given, ctx) {
      const chat = chatOf(this);
      // A poll is found, quoted and notified of by its question.
      const p = given.poll && !given.content ? { ...given, content: given.poll.question } : given;
      const ready = (q: typeof p) =>
        !q.attachments?.length && !mayMention(q.content) ? draftOf(q) : chat.prepare(ctx, caller, q);
      const prepare = () => chat.judged(caller, p, ready);
      return chat.send(caller, p, prepare, requestOf);
    }),
    forward: act("chat.forward", function (caller, p, ctx) {
      const chat = chatOf(this);
      const prepare = async () => judgedCopy(chat.hook, caller, p, await copyOf(chat, ctx, caller, p));
      return chat.send(caller, p, prepare, requestOfCopy);
    }),
    typing: act("chat.typing", async function (caller, p) {
      const chat = chatOf(this);
      const { blockedBy } = await chat.blocks.of(caller.userId);
      await chat.tell(caller, p.conversationId, { kind: "typing", isTyping: p.isTyping, except: blockedBy });
      chat.typing.note(p.conversationId, caller.userId, p.isTyping, () => {
        // Who left meanwhile is told to nobody any more.
        chat
          .tell(caller, p.conversationId, { kind: "typing", isTyping: false, except: blockedBy })
          .catch(() => undefined);
      });
      return {};
    }),
    sendEvent: act("chat.sendEvent", async function (caller, { conversationId, data = null, ...event }) {
      const chat = chatOf(this);
      chat.events.take(conversationId, caller.userId);
      const { blockedBy } = await chat.blocks.of(caller.userId);
      await chat.tell(caller, conversationId, { kind: "event", ...event, data, except: blockedBy });
      return {};
    }),
    markRead: turn("chat.markRead", ({ seq }) => ({ kind: "markRead", ...(seq === undefined ? {} : { seq }) })),
    delete: turn("chat.delete", () => ({ kind: "delete" })),
    update: act("chat.update", function (caller, p, ctx) {
      const chat = chatOf(this);
      return judgedGroup(chat.hook, caller, p).then((judged) => update(chat, ctx, caller, judged));
    }),
    accept: act("chat.accept", async function (caller, { conversationId }) {
      await chatOf(this).tell(caller, conversationId, { kind: "accept" });
      return { conversation: await reads.conversationFor(stores(this), caller.userId, conversationId) };
    }),
    decline: turn("chat.decline", () => ({ kind: "decline" })),
    removeMember: act("chat.removeMember", async function (caller, { conversationId, userId }) {
      const { names, departures } = chatOf(this);
      const going = caller.userId === userId; // an admin who goes leaves the group to somebody else
      const conversation =
        going && (await stores(this).conversations.findOne({ _id: conversationId, admin_id: userId }));
      const inactive = conversation ? await names.inactive(conversation.participants) : [];
      await chatOf(this).tell(caller, conversationId, { kind: "removeMember", userId, inactive });
      if (conversation) await departures.check(conversationId);
      return reads.conversationFor(stores(this), caller.userId, conversationId);
    }),
    updateMember: act("chat.updateMember", async function (caller, { conversationId, userId = caller.userId, custom }) {
      const body = { kind: "updateMember", userId, ...(custom === undefined ? {} : { custom }) } as const;
      return (await chatOf(this).tell(caller, conversationId, body)) as Result<"chat.updateMember">;
    }),
    promote: answered("chat.promote", ({ userId }) => ({ kind: "setRole", userId, role: "moderator" })),
    demote: answered("chat.demote", ({ userId }) => ({ kind: "setRole", userId, role: "member" })),
    transfer: act("chat.transfer", async function (caller, { conversationId, userId }) {
      await membershipOf(stores(this), caller.userId, conversationId);
      const { names, departures } = chatOf(this);
      if ((await names.inactive([userId])).length) throw fail("CONFLICT", "Only an active account can lead a group.");
      await chatOf(this).tell(caller, conversationId, { kind: "setRole", userId, role: "admin" });
      await departures.check(conversationId);
      return reads.conversationFor(stores(this), caller.userId, conversationId);
    }),
    lock: answered("chat.lock", ({ locked }) => ({ kind: "lock", locked })),
    setRetention: answered("chat.setRetention", ({ retention }) => ({ kind: "setRetention", retention })),
    placeHold: act("chat.placeHold", function (caller, p) {
      return placeHold(stores(this), caller.userId, p);
    }),
    holds: act("chat.holds", function (_caller, p) {
      return listHolds(stores(this).holds, p);
    }),
    releaseHold: act("chat.releaseHold", async function (_caller, { holdId }) {
      await releaseHold(stores(this).holds, holdId);
      return {};
    }),
    traces: act("chat.traces", function (_caller, { userId }) {
      return tracesOf(stores(this), userId);
    }),
    erase: act("chat.erase", function (_caller, { userId }) {
      return eraseFrom(this.broker, stores(this), userId);
    }),
    evidence: act("chat.evidence", function (_caller, p) {
      return evidenceOf(stores(this), p);
    }),
    mute: answered("chat.mute", ({ conversationId: _, ...fields }) => ({ kind: "settings", ...fields })),
    pin: answered("chat.pin", ({ pinned }) => ({ kind: "settings", pinned })),
    hide: answered("chat.hide", ({ hidden }) => ({ kind: "settings", hidden })),
    draft: answered("chat.draft", ({ content, replyTo }) => ({ kind: "keepDraft", content, replyTo: replyTo ?? null })),
    clear: turn("chat.clear", () => ({ kind: "clear" })),
    ...joiningRows,
    ...laterRows,
    ...incomingRows,
    addMember: act("chat.addMember", async function (caller, p, ctx) {
      await membershipOf(stores(this), caller.userId, p.conversationId);
      const others = p.userId === caller.userId ? [] : [p.userId];
      const entries = await entriesOf(ctx, stores(this), caller.userId, others);
      const body = { kind: "addMember", userId: p.userId, how: entries.get(p.userId) ?? "added" } as const;
      await chatOf(this).tell(caller, p.conversationId, body);
      return reads.conversationFor(stores(this), caller.userId, p.conversationId);
    }),

    edit: act("chat.edit", function (caller, p, ctx) {
      return chatOf(this).edit(ctx, caller, p);
    }),
    deleteMessage: act("chat.deleteMessage", async function (_caller, { messageId, forMe }, ctx) {
      const chat = chatOf(this);
      const before = await stores(this).messages.findOne(
        { _id: messageId },
        { fields: ["conversation_id", "attachments"] },
      );
      await chat.tellOf(ctx, messageId, { kind: "deleteMessage", messageId, forMe: forMe === true });
      if (forMe) return {};
      await publish(this.broker, "message.deleted", { messageId });
      if (before?.attachments.length) await chat.letGo(ctx, before.conversation_id, before.attachments);
      return {};
    }),
    react: act("chat.react", async function (caller, p, ctx) {
      const chat = chatOf(this);
      const asked = chat.hook?.ask("reaction", { userId: caller.userId, ...p });
      const tell = (): Promise<unknown> => chat.tellOf(ctx, p.messageId, { kind: "react", ...p, added: true });
      return (await chat.rows.inTurn(`${caller.userId} ${p.messageId}`, asked, tell)) as Message;
    }),
    unreact: ofMessage("chat.unreact", (p) => ({ kind: "react", ...p, added: false })),
    pinMessage: ofMessage("chat.pinMessage", (p) => ({ kind: "pinMessage", ...p, pinned: true })),
    unpinMessage: ofMessage("chat.unpinMessage", (p) => ({ kind: "pinMessage", ...p, pinned: false })),
    read: act("chat.read", async function (_caller, { messageId }, ctx) {
      await chatOf(this).tellOf(ctx, messageId, { kind: "receipt", messageIds: [messageId], status: "read" });
      return {};
    }),
    delivered: act("chat.delivered", async function (_caller, { messageId }, ctx) {
      await chatOf(this).tellOf(ctx, messageId, { kind: "receipt", messageIds: [messageId], status: "delivered" });
      return {};
    }),
    setStatus: act("chat.setStatus", async function (caller, { messageId, status }, ctx) {
      await chatOf(this).tellOf(ctx, messageId, { kind: "receipt", messageIds: [messageId], status });
      return reads.oneMessage(stores(this), caller.userId, messageId);
    }),
    readMany: act("chat.readMany", async function (_caller, { messageIds }, ctx) {
      const groups = await chatOf(this).groupByConversation(messageIds);
      const marked = await Promise.all(
        [...groups].map(([id, ids]) => run(ctx, id, { kind: "receipt", messageIds: ids, status: "read" })),
      );
      return { count: (marked as { count: number }[]).reduce((sum, { count }) => sum + count, 0) };
    }),

    messages: act("chat.messages", function (caller, p) {
      return reads.listMessages(stores(this), caller.userId, p);
    }),
    message: act("chat.message", function (caller, p) {
      return reads.oneMessage(stores(this), caller.userId, p.messageId);
    }),
    status: act("chat.status", function (caller, p) {
      return reads.statusOf(stores(this), caller.userId, p.messageId);
    }),
    thread: act("chat.thread", function (caller, p) {
      return reads.thread(stores(this), caller.userId, p);
    }),
    threadSummaries: act("chat.threadSummaries", function (caller, p) {
      return threadSummaries(stores(this), caller.userId, p.messageIds);
    }),
    vote: ofMessage("chat.vote", (p) => ({ kind: "vote", ...p })),
    closePoll: ofMessage("chat.closePoll", (p) => ({ kind: "closePoll", ...p })),
    ownVote: act("chat.ownVote", function (caller, p) {
      return reads.ownVote(stores(this), caller.userId, p.messageId);
    }),
    saveMessage: ofMessage("chat.saveMessage", (p) => ({ kind: "saveMessage", ...p, saved: true })),
    unsaveMessage: ofMessage("chat.unsaveMessage", (p) => ({ kind: "saveMessage", ...p, saved: false })),
    saved: act("chat.saved", function (caller, p) {
      return savedMessages(stores(this), caller.userId, p);
    }),
    followThread: ofMessage("chat.followThread", (p) => ({ kind: "followThread", ...p })),
    history: act("chat.history", function (caller, p) {
      return reads.history(stores(this), caller.userId, p.messageId);
    }),
    pins: act("chat.pins", function (caller, p) {
      return reads.pinsOf(stores(this), caller.userId, p.conversationId);
    }),
    search: act("chat.search", function (caller, p) {
      return chatOf(this).search.find(caller.userId, p);
    }),
    sync: act("chat.sync", function (caller, p) {
      return chatOf(this).sync.of(caller.userId, p);
    }),
    presence: act("chat.presence", function (caller, p) {
      return chatOf(this).presence.get(caller.userId, p.userIds);
    }),
    unread: act("chat.unread", function (caller) {
      return reads.unread(stores(this), caller.userId);
    }),

    run: act("chat.run", function (caller, p) {
      return chatOf(this).actors.tell(p.conversationId, {
        userId: caller?.userId ?? 0,
        staff: caller ? isStaff(caller) : false,
        body: p.command as CommandBody,
      });
    }),
    told: act("chat.told", function (_caller, p) {
      return toldOf(stores(this), p);
    }),
    traced: act("chat.traced", function (_caller, p) {
      const { stores: of, blocks } = chatOf(this);
      return tracedOf(of, async (id) => (await blocks.of(id)).blockedBy, p);
    }),
    audience: act("chat.audience", async function (_caller, p) {
      return (await chatOf(this).actors.tell(p.conversationId, {
        userId: 0,
        staff: false,
        body: { kind: "audience", ...(p.after === undefined ? {} : { after: p.after }) },
      })) as Result<"chat.audience">;
    }),
    changes: act("chat.changes", async function (_caller, { conversationId, userId, known, limit, atLeast }) {
      const body = { kind: "changes", limit, atLeast, ...(known === undefined ? {} : { known }) } as const;
      return chatOf(this).actors.tell(conversationId, { userId, staff: false, body });
    }),
    positions: act("chat.positions", async function (_caller, { conversationId, userIds }) {
      const filter = { conversation_id: conversationId, user_id: { $in: userIds } };
      const members = await stores(this).members.find(filter, {
        fields: ["user_id", "last_read_seq", "read_above", "left_at"],
      });
      return members
        .filter((m) => !m.left_at)
        .map(({ user_id, last_read_seq, read_above }) => ({
          userId: user_id,
          seq: last_read_seq,
          above: read_above.map(([from, to]) => ({ from, to })),
        }));
    }),
    authors: act("chat.authors", async function (_caller, { messageIds }) {
      const found = await stores(this).messages.find({ _id: { $in: messageIds } }, { fields: ["sender_id"] });
      return found.map(({ _id, sender_id }) => ({ messageId: _id, userId: sender_id }));
    }),
    applyBlock: act("chat.applyBlock", async function (_caller, { userId, blockedId }, ctx) {
      const pair = await stores(this).conversations.findOne({ pair_key: pairKey(userId, blockedId) });
      if (pair && !pair.deleted_at) await unlessDone(run(ctx, pair._id, { kind: "blocks" }));
      return {};
    }),
    accountChanged: act("chat.accountChanged", async function (_caller, { userId }) {
      await chatOf(this).departures.of(userId);
      return {};
    }),
    inspect: act("chat.inspect", async function () {
      const { actors } = chatOf(this);
      const { active, waiting } = actors.stats();
      const outbox = await storesOf<typeof collections>(this).conversations.count({ outbox: true });
      const busiest = [...actors.list()].sort((a, b) => b.waiting - a.waiting || a.idleMs - b.idleMs).slice(0, 20);
      const shown = busiest.map(({ key, ...rest }) => ({
        conversationId: key,
        ...rest,
        idleMs: Math.round(rest.idleMs),
      }));
      return { node: this.broker.nodeID, actors: active, waiting, outbox, busiest: shown };
    }),
    health: act("chat.health", function () {
      const { conversations } = storesOf<typeof collections>(this);
      return probe({ documents: () => conversations.findOne({ _id: "0".repeat(24) }) });
    }),
  }),
});
