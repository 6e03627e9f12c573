/** The rows of the service's table that make, change and mark messages. */
import { publish } from "../../../platform/bus";
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { membershipOf } from "../queries/access";
import * as reads from "../queries/reads";
import { run } from "./create";
import { ofMessage } from "./pass";

export const messageRows = {
  send: act("chat.send", function (caller, p, ctx) {
    return chatOf(this).sending.send(ctx, caller, p);
  }),
  forward: act("chat.forward", function (caller, p, ctx) {
    return chatOf(this).sending.forward(ctx, caller, p);
  }),
  edit: act("chat.edit", function (caller, p, ctx) {
    return chatOf(this).sending.edit(ctx, caller, p);
  }),
  deleteMessage: act("chat.deleteMessage", async function (_caller, { messageId, forMe }, ctx) {
    const chat = chatOf(this);
    const before = await chat.stores.messages.findOne(
      { _id: messageId },
      { fields: ["conversation_id", "attachments"] },
    );
    await chat.tellOf(ctx, messageId, { kind: "deleteMessage", messageId, forMe: forMe === true });
    if (forMe) return {};
    await publish(this.broker, "message.deleted", { messageId });
    if (before?.attachments.length) await chat.letGo(ctx, before.conversation_id, before.attachments);
    return {};
  }),
  react: act("chat.react", function (caller, p, ctx) {
    return chatOf(this).sending.react(ctx, caller, p);
  }),
  unreact: ofMessage("chat.unreact", (p) => ({ kind: "react", ...p, added: false })),
  pinMessage: ofMessage("chat.pinMessage", (p) => ({ kind: "pinMessage", ...p, pinned: true })),
  unpinMessage: ofMessage("chat.unpinMessage", (p) => ({ kind: "pinMessage", ...p, pinned: false })),
  vote: ofMessage("chat.vote", (p) => ({ kind: "vote", ...p })),
  closePoll: ofMessage("chat.closePoll", (p) => ({ kind: "closePoll", ...p })),
  saveMessage: ofMessage("chat.saveMessage", (p) => ({ kind: "saveMessage", ...p, saved: true })),
  unsaveMessage: ofMessage("chat.unsaveMessage", (p) => ({ kind: "saveMessage", ...p, saved: false })),
  followThread: ofMessage("chat.followThread", (p) => ({ kind: "followThread", ...p })),
  read: act("chat.read", async function (_caller, { messageId }, ctx) {
    await chatOf(this).tellOf(ctx, messageId, { kind: "receiptOfOne", messageId, status: "read" });
    return {};
  }),
  delivered: act("chat.delivered", async function (_caller, { messageId }, ctx) {
    await chatOf(this).tellOf(ctx, messageId, { kind: "receiptOfOne", messageId, status: "delivered" });
    return {};
  }),
  setStatus: act("chat.setStatus", async function (caller, { messageId, status }, ctx) {
    await chatOf(this).tellOf(ctx, messageId, { kind: "receiptOfOne", messageId, status });
    return reads.oneMessage(chatOf(this).stores, caller.userId, messageId);
  }),
  readMany: act("chat.readMany", async function (caller, { messageIds }, ctx) {
    const { stores, whereabouts } = chatOf(this);
    const groups = await whereabouts.group(messageIds);
    // Each conversation decides for itself: who is refused by one is to have marked nothing in the others.
    if (groups.size > 1) await Promise.all([...groups.keys()].map((id) => membershipOf(stores, caller.userId, id)));
    const marked = await Promise.all(
      [...groups].map(([id, ids]) => run(ctx, id, { kind: "receipt", messageIds: ids, status: "read" })),
    );
    return { count: (marked as { count: number }[]).reduce((sum, { count }) => sum + count, 0) };
  }),
};
