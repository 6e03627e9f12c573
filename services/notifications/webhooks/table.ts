/** The rows of the service's table that concern webhooks: actions of admins, and a consumer group of its own. */
import { consume } from "../../../platform/facts";
import { act } from "../../../platform/service";
import { contextOf } from "../context";
import { eventOfBroadcast, eventOfInvite, eventsOfMessages } from "./events";

export const webhookRows = {
  webhooks: act("notifications.webhooks", function () {
    return contextOf(this).webhooks.list();
  }),
  addWebhook: act("notifications.addWebhook", function (_caller, params) {
    return contextOf(this).webhooks.add(params);
  }),
  removeWebhook: act("notifications.removeWebhook", async function (_caller, { webhookId }) {
    await contextOf(this).webhooks.remove(webhookId);
    return {};
  }),
  replayWebhook: act("notifications.replayWebhook", function (_caller, { webhookId, position }) {
    return contextOf(this).webhooks.replay(webhookId, position);
  }),
  webhookFailures: act("notifications.webhookFailures", function (_caller, params) {
    return contextOf(this).webhooks.failures(params);
  }),
};

const group = "webhooks";

export const webhookChannels = {
  "webhooks message.created": consume(
    "message.created",
    function (fact) {
      return contextOf(this).webhooks.take(eventsOfMessages(fact));
    },
    { group },
  ),
  "webhooks message.changed": consume(
    "message.changed",
    function (fact) {
      return contextOf(this).webhooks.rewrite(eventsOfMessages(fact));
    },
    { group },
  ),
  "webhooks group_invite.created": consume(
    "group_invite.created",
    function (fact) {
      return contextOf(this).webhooks.take([eventOfInvite(fact)]);
    },
    { group },
  ),
  "webhooks system.broadcast": consume(
    "system.broadcast",
    function (fact) {
      return contextOf(this).webhooks.take([eventOfBroadcast(fact)]);
    },
    { group },
  ),
};
