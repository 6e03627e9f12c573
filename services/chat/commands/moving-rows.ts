/** The rows of the service's table by which conversations move in and out. */
import { type Service } from "moleculer";
import { fail } from "../../../contracts/errors";
import { envOf } from "../../../platform/env";
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import * as moving from "./moving";

/** @throws FORBIDDEN where the operator has not opened it */
function mustBeOpen(service: Service): void {
  if (envOf(service.broker).ADMIN_EXPORT !== "on")
    throw fail("FORBIDDEN", "Reading out conversations is closed; the operator opens it by ADMIN_EXPORT=on.");
}

export const movingRows = {
  takeInMessages: act("chat.takeInMessages", function (_caller, p) {
    return moving.takeInMessages(chatOf(this).stores, p);
  }),
  takeInConversation: act("chat.takeInConversation", function (_caller, p) {
    return moving.takeInConversation(chatOf(this).stores, p);
  }),
  takenIn: act("chat.takenIn", async function (_caller, { conversationId }) {
    const found = await chatOf(this).stores.conversations.findOne({ _id: conversationId }, { fields: ["last_seq"] });
    return { there: found !== undefined, last_seq: found?.last_seq ?? 0 };
  }),
  giveOut: act("chat.giveOut", function (_caller, p) {
    mustBeOpen(this);
    return moving.giveOut(chatOf(this).stores, p);
  }),
  giveOutMessages: act("chat.giveOutMessages", function (_caller, p) {
    mustBeOpen(this);
    return moving.giveOutMessages(chatOf(this).stores, p);
  }),
};
