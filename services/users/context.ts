/** What every action of the accounts works with: made when the service starts, closed when it stops. */
import { type LoggerInstance, type Service, type ServiceBroker } from "moleculer";
import { QueryTypes, type Transaction } from "sequelize";
import { type Role } from "../../contracts/caller";
import { type CustomCheck } from "../../contracts/custom";
import { type Env } from "../../contracts/env";
import { fail } from "../../contracts/errors";
import { customChecks } from "../../platform/custom-checks";
import { envOf } from "../../platform/env";
import { type Database, databaseOf } from "../../mixins/sql";
import { type Tokens, tokensOf } from "../../platform/tokens";
import { sharedResourcesOf } from "../../platform/shared-resources";
import { secretsOf } from "../../platform/secrets";
import { type Seal, sealOf } from "../../platform/seal";
import { FairSlots } from "../../platform/fair-slots";
import { type Hasher, openHasher } from "./hasher";
import { type Mailer, openMailer } from "./mailer";
import { defineModels, type Models, type UserRow } from "./models";

export interface UsersContext extends Models {
  readonly broker: ServiceBroker;
  readonly logger: LoggerInstance;
  readonly env: Env;
  readonly db: Database;
  readonly tokens: Tokens;
  readonly hasher: Hasher;
  /** For the first look of those who sign in: a crowd of them waits here and not for the database, which others need. */
  readonly arrivals: FairSlots;
  readonly mailer: Mailer;
  readonly seal: Seal;
  /** Refuses what the operator's schema does not allow on accounts. */
  readonly customCheck: CustomCheck;
}

/** Addresses take turns: a crowd from one of them holds up no other. */
const ARRIVALS = { atOnce: 4, atOnceEach: 4, waitingEach: 200, waiting: 2_000, patience: Infinity };

const contexts = new WeakMap<Service, UsersContext>();

export function openContext(service: Service): UsersContext {
  const { broker, logger } = service;
  const env = envOf(broker);
  const db = databaseOf(service);
  const hasher = openHasher(env.PASSWORD_COST, sharedResourcesOf(broker), env.TENANT);
  const context = {
    broker,
    logger,
    env,
    db,
    hasher,
    arrivals: new FairSlots(ARRIVALS),
    tokens: tokensOf(broker),
    mailer: openMailer(env, logger),
    customCheck: customChecks(env).user,
    seal: sealOf(secretsOf(env).refresh, "second factors"),
    ...defineModels(db.sequelize),
  };
  contexts.set(service, context);
  return context;
}

/** Of a service that did not come to start there is none. @param first what is to end while it is open */
export async function closeContext(service: Service, first: (context: UsersContext) => Promise<void>): Promise<void> {
  const context = contexts.get(service);
  if (!context) return;
  await first(context);
  context.mailer.close();
  await context.hasher.close();
  contexts.delete(service);
}

export function contextOf(service: Service): UsersContext {
  const context = contexts.get(service);
  if (!context) throw fail("UNAVAILABLE", "The accounts are not open yet; try again.");
  return context;
}

/** The database's clock, in whole milliseconds: nodes may differ among each other, the database does not. */
export async function clock(context: UsersContext, tx: Transaction): Promise<Date> {
  const [row] = await context.db.sequelize.query<{ now: Date }>(
    "SELECT date_trunc('milliseconds', clock_timestamp()) AS now",
    { type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw new Error("the database has no clock");
  return row.now;
}

export async function rolesOf(context: UsersContext, tx: Transaction, userId: number): Promise<Role[]> {
  const rows = await context.db.sequelize.query<{ name: Role }>(
    "SELECT r.name FROM user_role ur JOIN roles r USING (role_id) WHERE ur.user_id = $1 ORDER BY r.role_id",
    { bind: [userId], type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.map((row) => row.name);
}

/** Whoever changes what tokens rest on (roles, status, sessions) holds this lock, and so does who makes a token. */
export function lockedUser(context: UsersContext, tx: Transaction, userId: number): Promise<UserRow | null> {
  return context.User.findOne({
    where: { user_id: userId },
    transaction: tx,
    lock: tx.LOCK.UPDATE,
    raw: true,
  }) as Promise<UserRow | null>;
}

/** An account that still is one. @throws NOTFOUND */
export async function existingUser(context: UsersContext, tx: Transaction, userId: number): Promise<UserRow> {
  const user = await lockedUser(context, tx, userId);
  if (!user || user.status === "deleted") throw fail("NOTFOUND", "There is no such user.");
  return user;
}
