/** The audit log: read by admins, written by the other services before they do what staff asks for. */
import { type Json } from "../../../contracts/schema";
import { act } from "../../../platform/service";
import { note, readLog } from "../audit";
import { contextOf } from "../context";
import { mustBeAdmin } from "../roles";

export const auditActions = {
  auditLog: act("users.auditLog", function (caller, params) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      return readLog(context, tx, params);
    });
  }),

  note: act("users.note", async function (_caller, { event, target, details }, ctx) {
    await note(contextOf(this), ctx.meta, {
      event,
      ...(target !== undefined && { target }),
      ...(details && { details: details as Record<string, Json> }),
    });
    return {};
  }),
};
