/** The rows of the service's table that concern webhooks and the log they read. */
import { type Happened } from "../../../contracts/facts";
import { act } from "../../../platform/service";
import { contextOf } from "../context";

export const webhookRows = {
  record: act("notifications.record", async function (_caller, { facts }) {
    await contextOf(this).log.append(facts as Happened[]);
    return {};
  }),
  facts: act("notifications.facts", function (_caller, params) {
    return contextOf(this).kept().page(params);
  }),
  awaitFacts: act("notifications.awaitFacts", function (_caller, { waitMs, ...params }) {
    return contextOf(this).kept().next(params, waitMs);
  }),
  webhooks: act("notifications.webhooks", function () {
    return contextOf(this).webhooks.list();
  }),
  addWebhook: act("notifications.addWebhook", function (_caller, params) {
    contextOf(this).kept();
    return contextOf(this).webhooks.add(params);
  }),
  removeWebhook: act("notifications.removeWebhook", async function (_caller, { webhookId }) {
    await contextOf(this).webhooks.remove(webhookId);
    return {};
  }),
  replayWebhook: act("notifications.replayWebhook", function (_caller, { webhookId, position }) {
    contextOf(this).kept();
    return contextOf(this).webhooks.replay(webhookId, position);
  }),
  webhookFailures: act("notifications.webhookFailures", function (_caller, params) {
    return contextOf(this).webhooks.failures(params);
  }),
};
