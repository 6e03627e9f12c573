/** Every action of the system by name: the single source of its type, its check and its published shape. */
import { type ParamsOf, type ResultOf } from "./action";
import { apiActions } from "./api";
import { auditActions } from "./audit";
import { chatActions } from "./chat";
import { factActions } from "./facts";
import { erasureActions } from "./erasure";
import { guestActions } from "./guests";
import { healthActions } from "./health";
import { invitationActions } from "./invitations";
import { managedActions } from "./managed";
import { hookActions } from "./hook";
import { moderationActions } from "./moderation";
import { movingActions } from "./moving";
import { notificationsActions } from "./notifications";
import { retentionActions } from "./retention";
import { operationsActions } from "./operations";
import { processActions } from "./processes";
import { traceActions } from "./trace";
import { uploadsActions } from "./uploads";
import { usersActions } from "./users";
import { webhookActions } from "./webhooks";

export const actions = {
  ...apiActions,
  ...usersActions,
  ...chatActions,
  ...notificationsActions,
  ...webhookActions,
  ...factActions,
  ...uploadsActions,
  ...healthActions,
  ...operationsActions,
  ...guestActions,
  ...invitationActions,
  ...managedActions,
  ...auditActions,
  ...moderationActions,
  ...movingActions,
  ...retentionActions,
  ...erasureActions,
  ...hookActions,
  ...processActions,
  ...traceActions,
};

export type Actions = typeof actions;
export type ActionName = keyof Actions;
export type Params<N extends ActionName> = ParamsOf<Actions[N]>;
export type Result<N extends ActionName> = ResultOf<Actions[N]>;
