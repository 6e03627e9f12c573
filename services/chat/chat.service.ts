/** The `chat` service: a table of actions. Rules live in ./rules, the actor's life in ./host and mixins/actors. */
import { type Service } from "moleculer";
import { type Result } from "../../contracts/actions";
import { fail } from "../../contracts/errors";
import { directory } from "../../mixins/directory";
import { documents } from "../../mixins/documents";
import { act, hear, service, rows } from "../../platform/service";
import { membershipOf } from "./queries/access";
import { update } from "./commands/avatars";
import { chatOf, closeChat, openChat, presenceChanged } from "./chat";
import { collections } from "./host/collections";
import { joiningRows } from "./commands/joining";
import { judgedCreation, judgedGroup } from "./commands/judged";
import { entriesOf } from "./people/acquaintance";
import { hostRows } from "./host/rows";
import { messageRows } from "./commands/messages";
import { movingRows } from "./commands/moving-rows";
import { queryRows } from "./queries/rows";
import { retentionRows } from "./retention/rows";
import { incomingRows } from "./incoming/rows";
import { laterRows } from "./later/rows";
import * as reads from "./queries/reads";
import { answered, turn } from "./commands/pass";

const stores = (s: Service) => chatOf(s).stores;

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
    create: act("chat.create", function (caller, p, ctx) {
      const { hook, creation, limits } = chatOf(this);
      return hook
        ? judgedCreation(hook, caller, p, limits.members).then((judged) => creation.create(ctx, caller, judged))
        : creation.create(ctx, caller, p);
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
    addMember: act("chat.addMember", async function (caller, p, ctx) {
      await membershipOf(stores(this), caller.userId, p.conversationId);
      const others = p.userId === caller.userId ? [] : [p.userId];
      const entries = await entriesOf(ctx, stores(this), caller.userId, others);
      const body = { kind: "addMember", userId: p.userId, how: entries.get(p.userId) ?? "added" } as const;
      await chatOf(this).tell(caller, p.conversationId, body);
      return reads.conversationFor(stores(this), caller.userId, p.conversationId);
    }),
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
    mute: answered("chat.mute", ({ conversationId: _, ...fields }) => ({ kind: "settings", ...fields })),
    pin: answered("chat.pin", ({ pinned }) => ({ kind: "settings", pinned })),
    hide: answered("chat.hide", ({ hidden }) => ({ kind: "settings", hidden })),
    draft: answered("chat.draft", ({ content, replyTo }) => ({ kind: "keepDraft", content, replyTo: replyTo ?? null })),
    clear: turn("chat.clear", () => ({ kind: "clear" })),
    ...messageRows,
    ...joiningRows,
    ...laterRows,
    ...incomingRows,
    ...retentionRows,
    ...movingRows,
    ...queryRows,
    ...hostRows,
  }),
});
