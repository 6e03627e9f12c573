/** The rows of the service's table about what is kept, what must be, and what is taken away with an account. */
import { act } from "../../../platform/service";
import { chatOf } from "../chat";
import { answered } from "../commands/pass";
import { everIn } from "./erasure";
import { listHolds, placeHold, releaseHold } from "./holds";

export const retentionRows = {
  setRetention: answered("chat.setRetention", ({ retention }) => ({ kind: "setRetention", retention })),
  placeHold: act("chat.placeHold", function (caller, p) {
    return placeHold(chatOf(this).stores, caller.userId, p);
  }),
  holds: act("chat.holds", function (_caller, p) {
    return listHolds(chatOf(this).stores.holds, p);
  }),
  releaseHold: act("chat.releaseHold", async function (_caller, { holdId }) {
    await releaseHold(chatOf(this).stores.holds, holdId);
    return {};
  }),
  traces: act("chat.traces", function (_caller, { userId, from }) {
    return chatOf(this).erasing.traces(userId, from);
  }),
  forget: act("chat.forget", function (_caller, { userId }) {
    return chatOf(this).erasing.forget(userId);
  }),
  erase: act("chat.erase", function (_caller, { userId, from }) {
    return chatOf(this).erasing.erase(userId, from);
  }),
  everIn: act("chat.everIn", function (_caller, { userId, after, limit }) {
    return everIn(chatOf(this).stores, userId, after, limit);
  }),
};
