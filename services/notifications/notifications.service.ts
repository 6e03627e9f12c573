/** Facts in, notifications out; never asked on the hot path of a message. */
import { type Service } from "moleculer";
import { publish } from "../../mixins/bus";
import { directory } from "../../mixins/directory";
import { documents } from "../../mixins/documents";
import { envOf } from "../../mixins/env";
import { consume, deadLetters, replayDeadLetters } from "../../mixins/facts";
import { probe } from "../../mixins/health";
import { act, hear, service } from "../../mixins/service";
import { collections } from "./documents";
import { explain } from "./explain";
import { onBroadcast, onInvite, onMessages } from "./facts";
import { officeOf, openOffice } from "./office";
import * as own from "./own";
import { defaultPreferences } from "./rules";
import { webhookChannels, webhookRows } from "./webhooks/table";

export default service({
  name: "notifications",
  mixins: [directory("notifications"), documents(collections)],

  actions: {
    list: act("notifications.list", function (caller, params) {
      return own.list(officeOf(this), caller, params);
    }),
    get: act("notifications.get", function (caller, { notificationId }) {
      return own.get(officeOf(this), caller, notificationId);
    }),
    count: act("notifications.count", async function (caller) {
      return { count: await officeOf(this).badges.count(caller.userId) };
    }),
    read: act("notifications.read", function (caller, { notificationId }) {
      return own.read(officeOf(this), caller, notificationId);
    }),
    readAll: act("notifications.readAll", function (caller) {
      return own.readAll(officeOf(this), caller);
    }),
    delete: act("notifications.delete", function (caller, { notificationId }) {
      return own.remove(officeOf(this), caller, notificationId);
    }),
    preferences: act("notifications.preferences", async function ({ userId }, { set }) {
      const { preferences } = officeOf(this);
      if (set) {
        await preferences.change(userId, set);
        await publish(this.broker, "notifications.preferencesChanged", { userId });
      }
      return (await preferences.of([userId])).get(userId) ?? defaultPreferences;
    }),
    ping: act("notifications.ping", function (caller) {
      return own.pong(officeOf(this), caller);
    }),
    explain: act("notifications.explain", function (caller, { messageId }, ctx) {
      return explain(officeOf(this), caller, messageId, ctx);
    }),
    broadcast: act("notifications.broadcast", async function (_caller, { title, content }) {
      const doc = await officeOf(this).broadcasts.announce(title, content);
      return { broadcastId: doc._id, at: doc.created_at.toISOString() };
    }),
    pushKey: act("notifications.pushKey", function () {
      return { publicKey: envOf(this.broker).VAPID_PUBLIC_KEY ?? null };
    }),
    subscribe: act("notifications.subscribe", async function (caller, { endpoint, keys }) {
      await officeOf(this).devices.add(caller, { endpoint, ...keys });
      return {};
    }),
    unsubscribe: act("notifications.unsubscribe", async function (caller, { endpoint }) {
      await officeOf(this).devices.remove(caller, endpoint);
      return {};
    }),
    deadLetters: act("notifications.deadLetters", function (_caller, { limit }) {
      return deadLetters(this.broker, limit);
    }),
    replay: act("notifications.replay", async function (_caller, { limit, ids }) {
      return { count: await replayDeadLetters(this.broker, limit, ids) };
    }),
    ...webhookRows,
    health: act("notifications.health", function () {
      return probe({ store: () => officeOf(this).stores.broadcasts.findOne({ published: false }) });
    }),
  },

  events: {
    "users.revoked": hear("users.revoked", function (revoked) {
      return officeOf(this).devices.revoke(revoked);
    }),
    "users.changed": hear("users.changed", function ({ userId, profile }) {
      officeOf(this).usernames.set(userId, profile.username);
    }),
    "message.deleted": hear("message.deleted", function ({ messageId }) {
      return officeOf(this).withdrawals.withdraw(messageId);
    }),
    "notifications.preferencesChanged": hear("notifications.preferencesChanged", function ({ userId }) {
      officeOf(this).preferences.forget(userId);
    }),
  },

  channels: {
    // As many as may be under way: each may wait a moment for its readers.
    "message.created": consume(
      "message.created",
      function (fact) {
        return onMessages(officeOf(this), fact);
      },
      { maxInFlight: 500 },
    ),
    "group_invite.created": consume("group_invite.created", function (fact) {
      return onInvite(officeOf(this), fact);
    }),
    "system.broadcast": consume(
      "system.broadcast",
      function (fact) {
        return onBroadcast(officeOf(this), fact);
      },
      { maxInFlight: 1 },
    ),
    ...webhookChannels,
  },

  created(this: Service) {
    openOffice(this);
  },
  started(this: Service) {
    officeOf(this).start();
  },
  stopped(this: Service) {
    return officeOf(this).stop();
  },
});
