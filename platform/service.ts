/** How services are written: actions and event handlers that take their types and checks from the contracts. */
import {
  type ActionSchema,
  type Context,
  type Service,
  type ServiceActionsSchema,
  type ServiceSchema,
} from "moleculer";
import { type Audited } from "../contracts/action";
import { actions, type ActionName, type Params, type Result } from "../contracts/actions";
import { type Caller, isStaff, type Meta } from "../contracts/caller";
import { fail } from "../contracts/errors";
import { type EventNamed, type Payload } from "../contracts/events";
import { isForGuests } from "../contracts/guests";
import { isForMuted } from "../contracts/muted";
import { params as paramsOf } from "../contracts/schema";
import { scopeOf } from "../contracts/scopes";
import { call } from "./bus";
import { SHARDED } from "./placement";

export type Ctx<P = unknown> = Context<P, Meta>;

type CallerOf<N extends ActionName> = (typeof actions)[N]["access"] extends "anyone" | "service"
  ? Caller | undefined
  : Caller;
type Handler<N extends ActionName> = (
  this: Service,
  caller: CallerOf<N>,
  params: Params<N>,
  ctx: Ctx<Params<N>>,
) => Promise<Result<N>> | Result<N>;

function mustHaveScope(scopes: readonly string[], name: ActionName): void {
  const scope = scopeOf(name);
  if (!scope) throw fail("FORBIDDEN", "Closed to API tokens.");
  if (!scopes.includes(scope)) throw fail("FORBIDDEN", `This API token lacks the scope ${scope}.`);
}

/** Deny first: who has no caller, or not the role, never reaches the handler. */
function admit(name: ActionName, ctx: Ctx): Caller | undefined {
  const { access } = actions[name];
  const { caller } = ctx.meta;
  if (access === "anyone" || access === "service") return caller;
  if (!caller) throw fail("AUTH_INVALID", "This needs a signed-in user.");
  if (caller.guestOf !== undefined && !isForGuests(name)) throw fail("FORBIDDEN", "Closed to guests.");
  const { mutedUntil = 0 } = caller;
  if (mutedUntil > Date.now() && !isForMuted(name, actions[name])) {
    const until = new Date(mutedUntil).toISOString();
    throw fail("FORBIDDEN", `The staff has muted you until ${until}.`, { mutedUntil: until });
  }
  if (caller.scopes) mustHaveScope(caller.scopes, name);
  if (access === "admin" && !caller.roles.includes("admin")) throw fail("FORBIDDEN", "This needs the role admin.");
  if (access === "staff" && !isStaff(caller)) throw fail("FORBIDDEN", "This is for moderators and admins.");
  return caller;
}

/** What can't be told is not done. */
async function tellBefore({ event, target, details = [], unless }: Audited, ctx: Ctx): Promise<void> {
  const params = ctx.params as Readonly<Record<string, unknown>>;
  if (unless !== undefined && params[unless]) return;
  const named = target === undefined ? undefined : params[target];
  const given = details.filter((name) => params[name] !== undefined);
  await call(ctx, "users.note", {
    event,
    ...(named === undefined ? {} : { target: `${target?.replace(/Id$/, "")}:${String(named as string | number)}` }),
    details: Object.fromEntries(given.map((name) => [name, params[name]])),
  });
}

/** The row of one action and no other. */
export type Row<N extends ActionName> = ActionSchema & { readonly of?: N };

type Rows<Service extends string, Elsewhere extends string> = {
  readonly [N in ActionName as N extends `${Service}.${infer Short}` ? Exclude<Short, Elsewhere> : never]: Row<N>;
};

/**
 * A service's `actions`, each under the name that its contract has; one that is missing, or another's, fails to compile.
 * `Elsewhere`: those that its mixins add.
 */
export const rows = <Service extends string, Elsewhere extends string = never>(
  all: Rows<Service, Elsewhere>,
): ServiceActionsSchema => all;

/**
 * One row of a service's `actions`: the contract of `name` gives params, visibility, placement and retry; the handler
 * is told the caller first.
 */
export function act<N extends ActionName>(name: N, handler: Handler<N>): Row<N> {
  const contract = actions[name];
  return {
    params: paramsOf(contract.params),
    visibility: "public",
    ...(contract.shardBy === undefined ? {} : { strategy: SHARDED, strategyOptions: { shardKey: contract.shardBy } }),
    retryPolicy: { enabled: contract.idempotent === true || contract.shardBy !== undefined },
    handler(this: Service, ctx: Ctx<Params<N>>) {
      const caller = admit(name, ctx) as CallerOf<N>;
      const { audit } = contract;
      if (!audit) return handler.call(this, caller, ctx.params, ctx);
      return tellBefore(audit, ctx).then(() => handler.call(this, caller, ctx.params, ctx));
    },
  };
}

/** One row of a service's `events`, for events that every node hears. */
export function hear<N extends EventNamed<"everyNode">>(
  _name: N,
  handler: (this: Service, payload: Payload<N>, ctx: Ctx<Payload<N>>) => Promise<void> | void,
): { handler: (this: Service, ctx: Ctx<Payload<N>>) => Promise<void> | void } {
  return {
    handler(this: Service, ctx) {
      return handler.call(this, ctx.params, ctx);
    },
  };
}

/** Marks a service schema as what it is, so that a misspelt hook is an error and not a silence. */
export const service = (schema: ServiceSchema): ServiceSchema => schema;
