/** Reports, and what the staff does about them. */
import { type Caller } from "../../../contracts/caller";
import { type Params } from "../../../contracts/actions";
import { badField, codeOf, fail } from "../../../contracts/errors";
import { type Report } from "../../../contracts/moderation";
import { told } from "../../../contracts/told";
import { call } from "../../../platform/bus";
import { act, type Ctx } from "../../../platform/service";
import { record } from "../audit";
import { contextOf, existingUser, rolesOf, type UsersContext } from "../context";
import { announceCut } from "../cuts";
import { mute, tellOfRemoval, unmute, warn } from "../deeds";
import { oweNotice, tellNoticesSoon } from "../notices";
import {
  assign,
  close,
  file,
  held,
  heldOpen,
  listed,
  type Reported,
  type ReportRow,
  shown,
  shownWhole,
} from "../reports";
import { mustBeStaff, mustOutrank } from "../roles";
import { shutAccount, tellShut } from "../shut";

/** What is reported, as far as the reporter may see it. @throws NOTFOUND, FORBIDDEN */
async function seen(
  context: UsersContext,
  ctx: Ctx,
  caller: Caller,
  { kind, id }: Params<"users.report">,
): Promise<Reported> {
  if (kind === "user") {
    if (!/^[1-9]\d{0,9}$/.test(id)) throw fail("NOTFOUND", "There is no such user.");
    const user = await context.db.work((tx) => existingUser(context, tx, Number(id)));
    const evidence = { subject: user.username, messages: [] };
    return { kind, target: id, user_id: user.user_id, conversation_id: null, evidence };
  }
  if (!/^[0-9a-f]{24}$/.test(id)) throw fail("NOTFOUND", "There is no such thing.");
  if (kind === "upload") {
    const { name, ownerId } = await call(ctx, "uploads.open", { id });
    return { kind, target: id, user_id: ownerId, conversation_id: null, evidence: { subject: name, messages: [] } };
  }
  const which = kind === "message" ? { messageId: id } : { conversationId: id };
  const { conversationId, senderId, evidence } = await call(ctx, "chat.evidence", { userId: caller.userId, ...which });
  return { kind, target: id, user_id: senderId, conversation_id: conversationId, evidence };
}

/** @throws BAD_REQUEST for what can't be done about this kind of thing */
function checkDeed(
  { kind, user_id, conversation_id }: ReportRow,
  { deed, until, told }: Params<"users.resolveReport">,
) {
  const personal = deed === "warn" || deed === "mute" || deed === "ban";
  if (personal && user_id === null) throw badField("deed", "nobody", "This report is about nobody in particular.");
  if (deed === "remove" && kind === "user") throw badField("deed", "person", "A person is banned, not removed.");
  if (deed === "lock" && conversation_id === null)
    throw badField("deed", "place", "This report is of no conversation.");
  if (deed === "mute" && until === undefined) throw badField("until", "required", "Until when?");
  if (deed === "warn" && told === undefined) throw badField("told", "required", "What is the person told?");
}

const nothingLeft = (error: unknown): void => {
  if (codeOf(error) !== "NOTFOUND") throw error;
};

/** What other services do; done again, after a failure behind it, it comes to the same. */
async function elsewhere(ctx: Ctx, deed: Report["deed"], { kind, target, user_id, conversation_id }: ReportRow) {
  if (deed === "lock") await call(ctx, "chat.lock", { conversationId: conversation_id ?? "", locked: true });
  if (deed !== "remove") return;
  if (kind === "message") await call(ctx, "chat.deleteMessage", { messageId: target }).catch(nothingLeft);
  else if (kind === "conversation") await call(ctx, "chat.delete", { conversationId: target }).catch(nothingLeft);
  else await call(ctx, "uploads.remove", { ownerId: user_id ?? 0, fileIds: [target] });
}

const handled = {
  resolved: told.reportResolved,
  dismissed: told.reportDismissed,
};

async function finish(
  context: UsersContext,
  caller: Caller,
  ctx: Ctx,
  row: ReportRow,
  end: { state: keyof typeof handled; deed: Report["deed"]; note?: string | undefined },
  tx: Parameters<typeof close>[1],
): Promise<Report> {
  const { state, deed, note = null } = end;
  const closed = await close(context, tx, row.report_id, { state, deed, note, by: caller.userId });
  await oweNotice(context, tx, { userId: row.reporter_id, title: told.reportHandled, content: handled[state] });
  const about = { kind: row.kind, what: row.target, ...(deed === null ? {} : { deed }) };
  await record(context, tx, ctx.meta, { event: `report.${state}`, target: `report:${row.report_id}`, details: about });
  return shown(closed);
}

export const moderationActions = {
  report: act("users.report", async function (caller, params, ctx) {
    const context = contextOf(this);
    const reported = await seen(context, ctx, caller, params);
    if (reported.user_id === caller.userId) throw badField("id", "self", "This is your own.");
    const { reason, text = "" } = params;
    const said = { reason, text: text.replaceAll("\0", "") };
    return { reportId: await context.db.work((tx) => file(context, tx, caller.userId, said, reported)) };
  }),

  reports: act("users.reports", function (caller, params) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeStaff(context, tx, caller);
      return (await listed(context, tx, params)).map(shown);
    });
  }),

  reportOf: act("users.reportOf", function (caller, { id }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeStaff(context, tx, caller);
      return shownWhole(await held(context, tx, id));
    });
  }),

  assignReport: act("users.assignReport", function (caller, { id, version, assignee }, { meta }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeStaff(context, tx, caller);
      await heldOpen(context, tx, { id, version });
      if (assignee !== null) {
        await existingUser(context, tx, assignee);
        const roles = await rolesOf(context, tx, assignee);
        await mustBeStaff(context, tx, { userId: assignee, sessionId: "", roles });
      }
      const row = await assign(context, tx, id, assignee);
      await record(context, tx, meta, { event: "report.assigned", target: `report:${id}`, details: { assignee } });
      return shown(row);
    });
  }),

  resolveReport: act("users.resolveReport", async function (caller, params, ctx) {
    const context = contextOf(this);
    const { deed, until, note, told } = params;
    const row = await context.db.work(async (tx) => {
      const isAdmin = await mustBeStaff(context, tx, caller);
      const found = await heldOpen(context, tx, params);
      checkDeed(found, params);
      if (deed === "ban" && !isAdmin) throw fail("FORBIDDEN", "Only admins ban.");
      const concerned = deed === "none" || deed === "lock" ? null : found.user_id;
      if (concerned !== null) await mustOutrank(context, tx, caller, concerned);
      return found;
    });
    await elsewhere(ctx, deed, row);
    const { report, cut, shut } = await context.db.work(async (tx) => {
      await heldOpen(context, tx, params);
      const userId = row.user_id ?? 0;
      if (deed === "remove") await tellOfRemoval(context, tx, row, told);
      if (deed === "warn") await warn(context, tx, ctx.meta, userId, told ?? "");
      const cut = deed === "mute" ? await mute(context, tx, ctx.meta, userId, { until: until ?? "", told }) : undefined;
      const shut = deed === "ban" ? await shutAccount(context, tx, ctx.meta, userId, "banned", until) : undefined;
      const report = await finish(context, caller, ctx, row, { state: "resolved", deed, note }, tx);
      return { report, cut, shut };
    });
    if (cut) await announceCut(context, { userId: row.user_id ?? 0, at: cut });
    if (shut) await tellShut(context, shut);
    tellNoticesSoon(context);
    return report;
  }),

  dismissReport: act("users.dismissReport", async function (caller, params, ctx) {
    const context = contextOf(this);
    const report = await context.db.work(async (tx) => {
      await mustBeStaff(context, tx, caller);
      const row = await heldOpen(context, tx, params);
      return finish(context, caller, ctx, row, { state: "dismissed", deed: null, note: params.note }, tx);
    });
    tellNoticesSoon(context);
    return report;
  }),

  warn: act("users.warn", async function (caller, { id, told }, { meta }) {
    const context = contextOf(this);
    await context.db.work(async (tx) => {
      await mustOutrank(context, tx, caller, id);
      await warn(context, tx, meta, id, told);
    });
    tellNoticesSoon(context);
    return {};
  }),

  mute: act("users.mute", async function (caller, { id, until, told }, { meta }) {
    const context = contextOf(this);
    const at = await context.db.work(async (tx) => {
      await mustOutrank(context, tx, caller, id);
      return mute(context, tx, meta, id, { until, told });
    });
    await announceCut(context, { userId: id, at });
    tellNoticesSoon(context);
    return { mutedUntil: new Date(until).toISOString() };
  }),

  unmute: act("users.unmute", async function (caller, { id }, { meta }) {
    const context = contextOf(this);
    const at = await context.db.work(async (tx) => {
      await mustOutrank(context, tx, caller, id);
      return unmute(context, tx, meta, id);
    });
    await announceCut(context, { userId: id, at });
    tellNoticesSoon(context);
    return {};
  }),
};
