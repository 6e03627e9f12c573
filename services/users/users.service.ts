/** Accounts, sessions, roles and block lists. */
import { type Service } from "moleculer";
import { probe } from "../../platform/health";
import { act, service, rows } from "../../platform/service";
import { sql } from "../../mixins/sql";
import { adminActions } from "./actions/admin";
import { auditActions } from "./actions/audit";
import { blockActions } from "./actions/blocks";
import { credentialActions } from "./actions/credentials";
import { entryActions } from "./actions/entry";
import { pageActions } from "./actions/page";
import { foreignActions } from "./actions/foreign";
import { guestActions } from "./actions/guests";
import { invitationActions } from "./actions/invitations";
import { managedActions } from "./actions/managed";
import { moderationActions } from "./actions/moderation";
import { movingActions } from "./actions/moving";
import { operatorActions } from "./actions/operators";
import { profileActions } from "./actions/profile";
import { sessionActions } from "./actions/sessions";
import { tokenActions } from "./actions/tokens";
import { ensureAdmin, sweep, SWEEP_EVERY, tick, TICK_EVERY } from "./bootstrap";
import { closeChatNews, openChatNews } from "./chat-news";
import { closeContext, type UsersContext, contextOf, openContext } from "./context";
import { closeErasures, openErasures } from "./erasures";
import { closeFacts, openFacts } from "./facts";
import { migrations } from "./migrations";

const timers = new WeakMap<Service, NodeJS.Timeout[]>();

function sweepNow(context: UsersContext): void {
  sweep(context).catch((error: unknown) => context.logger.warn("Old sessions were not swept; next time", error));
}

function tickNow(context: UsersContext): void {
  tick(context).catch((error: unknown) => context.logger.debug(`what is due waits: ${String(error)}`));
}

export default service({
  name: "users",
  mixins: [sql(migrations)],
  actions: rows<"users">({
    ...entryActions,
    ...sessionActions,
    ...credentialActions,
    ...profileActions,
    ...blockActions,
    ...operatorActions,
    ...guestActions,
    ...invitationActions,
    ...managedActions,
    ...movingActions,
    ...pageActions,
    ...tokenActions,
    ...foreignActions,
    ...adminActions,
    ...auditActions,
    ...moderationActions,
    health: act("users.health", function () {
      const { db } = contextOf(this);
      return probe({ sql: () => db.work((tx) => db.sequelize.query("SELECT 1", { transaction: tx })) });
    }),
  }),
  async started(this: Service) {
    const context = openContext(this);
    await ensureAdmin(context);
    openChatNews(context);
    openFacts(context);
    openErasures(context);
    const sweeping = setInterval(() => sweepNow(context), SWEEP_EVERY).unref();
    timers.set(this, [sweeping, setInterval(() => tickNow(context), TICK_EVERY).unref()]);
  },
  async stopped(this: Service) {
    for (const timer of timers.get(this) ?? []) clearInterval(timer);
    await closeContext(this, async (context) => {
      await closeChatNews(context);
      await closeFacts(context);
      await closeErasures(context);
    });
  },
});
