/** Facts in, notifications out; never asked on the hot path of a message. */
import { type Service } from "moleculer";
import { badField } from "../../contracts/errors";
import { publish } from "../../platform/bus";
import { directory } from "../../mixins/directory";
import { documents } from "../../mixins/documents";
import { envOf } from "../../platform/env";
import { consume, deadLetters, replayDeadLetters } from "../../platform/facts";
import { probe } from "../../platform/health";
import { act, hear, service, rows } from "../../platform/service";
import { collections } from "./documents";
import { erase, tracesOf } from "./erasure";
import { explain } from "./explain";
import { keyOfMessage } from "./ids";
import { onBroadcast, onChanges, onInvite, onMessages, onReminder } from "./facts";
import { contextOf, openContext } from "./context";
import * as own from "./own";
import { endpointOf } from "./push/provider";
import { ofNotice } from "./sources";
import { trace } from "./trace";
import { webhookRows } from "./webhooks/table";

export default service({
  name: "notifications",
  mixins: [directory("notifications"), documents(collections)],

  actions: rows<"notifications", "located">({
    list: act("notifications.list", function (caller, params) {
      return own.list(contextOf(this), caller, params);
    }),
    get: act("notifications.get", function (caller, { notificationId }) {
      return own.get(contextOf(this), caller, notificationId);
    }),
    count: act("notifications.count", async function (caller) {
      return { count: await contextOf(this).badges.count(caller.userId) };
    }),
    read: act("notifications.read", function (caller, { notificationId }) {
      return own.read(contextOf(this), caller, notificationId);
    }),
    readAll: act("notifications.readAll", function (caller) {
      return own.readAll(contextOf(this), caller);
    }),
    delete: act("notifications.delete", function (caller, { notificationId }) {
      return own.remove(contextOf(this), caller, notificationId);
    }),
    preferences: act("notifications.preferences", async function ({ userId }, { set }) {
      const { preferences, mail } = contextOf(this);
      if (set?.mail && !mail) throw badField("set.mail", "off", "No mail server is set up here.");
      if (set) {
        await preferences.change(userId, set);
        if (set.mail) await mail?.dispatcher.changed(userId);
        await publish(this.broker, "notifications.preferencesChanged", { userId });
      }
      return (await preferences.of([userId]))(userId);
    }),
    ping: act("notifications.ping", function (caller) {
      return own.pong(contextOf(this), caller);
    }),
    explain: act("notifications.explain", function (caller, { messageId }, ctx) {
      return explain(contextOf(this), caller, messageId, ctx);
    }),
    trace: act("notifications.trace", function (_caller, params, ctx) {
      return trace(contextOf(this), params, ctx);
    }),
    broadcast: act("notifications.broadcast", async function (_caller, { title, content }) {
      const doc = await contextOf(this).broadcasts.announce(title, content);
      return { broadcastId: doc._id, at: doc.created_at.toISOString() };
    }),
    notice: act("notifications.notice", async function (_caller, { userId, ...fact }) {
      await contextOf(this).inbox.add({ news: [ofNotice(fact, userId)] });
      return {};
    }),
    pushKey: act("notifications.pushKey", function () {
      return { publicKey: envOf(this.broker).VAPID_PUBLIC_KEY ?? null };
    }),
    subscribe: act("notifications.subscribe", async function (caller, { endpoint, keys }) {
      await contextOf(this).devices.add(caller, { endpoint, ...keys });
      return {};
    }),
    pushServices: act("notifications.pushServices", function () {
      const { web, fcm, apns } = contextOf(this).pushServices;
      return { web: web !== undefined, fcm: fcm !== undefined, apns: apns !== undefined };
    }),
    addDevice: act("notifications.addDevice", async function (caller, { service: of, token }) {
      const { pushServices, devices } = contextOf(this);
      if (!pushServices[of]) throw badField("service", "off", `Pushes by ${of} are not set up here.`);
      await devices.add(caller, { endpoint: endpointOf(of, token), p256dh: "", auth: "" });
      return {};
    }),
    removeDevice: act("notifications.removeDevice", async function (caller, { service: of, token }) {
      await contextOf(this).devices.remove(caller, endpointOf(of, token));
      return {};
    }),
    unsubscribe: act("notifications.unsubscribe", async function (caller, { endpoint }) {
      await contextOf(this).devices.remove(caller, endpoint);
      return {};
    }),
    unsubscribeMail: act("notifications.unsubscribeMail", async function (_caller, { token }) {
      const { preferences, unsubscribing } = contextOf(this);
      const userId = unsubscribing.userOf(token);
      if (userId === undefined) throw badField("token", "signature", "This is no link of a mail of ours.");
      await preferences.change(userId, { mail: { when: "off" } });
      await publish(this.broker, "notifications.preferencesChanged", { userId });
      return {};
    }),
    traces: act("notifications.traces", function (_caller, { userId, from }) {
      return tracesOf(contextOf(this), userId, from);
    }),
    erase: act("notifications.erase", function (_caller, { userId, from }) {
      return erase(contextOf(this), userId, from);
    }),
    deadLetters: act("notifications.deadLetters", function (_caller, { limit }) {
      return deadLetters(this.broker, limit);
    }),
    replay: act("notifications.replay", async function (_caller, { limit, ids }) {
      return { count: await replayDeadLetters(this.broker, limit, ids) };
    }),
    ...webhookRows,
    health: act("notifications.health", function () {
      return probe({ store: () => contextOf(this).stores.broadcasts.findOne({ published: false }) });
    }),
  }),

  events: {
    "users.revoked": hear("users.revoked", function (revoked) {
      return contextOf(this).devices.revoke(revoked);
    }),
    "users.changed": hear("users.changed", function ({ userId, profile }) {
      contextOf(this).usernames.set(userId, profile.username);
    }),
    "message.deleted": hear("message.deleted", function ({ messageId }) {
      return contextOf(this).rewrites.withdraw(keyOfMessage(messageId), 0);
    }),
    "conversation.attended": hear("conversation.attended", function (attended) {
      return contextOf(this).following.attended(attended);
    }),
    "users.blockChanged": hear("users.blockChanged", async function ({ userId, blockedId, blocked }) {
      const { blocks, following } = contextOf(this);
      blocks.changed(blockedId);
      if (blocked) await following.blocked(userId, blockedId);
    }),
    "notifications.preferencesChanged": hear("notifications.preferencesChanged", function ({ userId }) {
      contextOf(this).preferences.forget(userId);
    }),
  },

  channels: {
    // As many as may be under way: each may wait a moment for its readers.
    "message.created": consume(
      "message.created",
      function (fact) {
        return onMessages(contextOf(this), fact);
      },
      { maxInFlight: 500 },
    ),
    "message.changed": consume("message.changed", function (fact) {
      return onChanges(contextOf(this), fact);
    }),
    "group_invite.created": consume("group_invite.created", function (fact) {
      return onInvite(contextOf(this), fact);
    }),
    "reminder.due": consume("reminder.due", function (fact) {
      return onReminder(contextOf(this), fact);
    }),
    "system.broadcast": consume(
      "system.broadcast",
      function (fact) {
        return onBroadcast(contextOf(this), fact);
      },
      { maxInFlight: 1 },
    ),
  },

  created(this: Service) {
    openContext(this);
  },
  started(this: Service) {
    contextOf(this).start();
  },
  stopped(this: Service) {
    return contextOf(this).stop();
  },
});
