/** The rows of the service's table that concern incoming webhooks. */
import { act } from "../../../platform/service";
import { chatOf } from "../chat";

export const incomingRows = {
  hooks: act("chat.hooks", function (caller, { conversationId }) {
    return chatOf(this).incoming.list(caller, conversationId);
  }),
  createHook: act("chat.createHook", function (caller, p, ctx) {
    return chatOf(this).incoming.create(ctx, caller, p);
  }),
  revokeHook: act("chat.revokeHook", async function (caller, p, ctx) {
    await chatOf(this).incoming.revoke(ctx, caller, p);
    return {};
  }),
  postHook: act("chat.postHook", function (_caller, p, ctx) {
    return chatOf(this).incoming.post(ctx, p);
  }),
};
