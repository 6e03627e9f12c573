/** A bug is logged once, where it happened, with the id of its request: never with params, which may hold secrets. */
import { type ActionHandler, type Middleware } from "moleculer";
import { codeOf } from "../contracts/errors";
import { type Ctx } from "./service";

export function logBugs(): Middleware {
  const logged = new WeakSet<object>();
  const note = (ctx: Ctx, error: unknown): void => {
    if (codeOf(error) !== "INTERNAL" || typeof error !== "object" || error === null || logged.has(error)) return;
    logged.add(error);
    const line = { action: ctx.action?.name, requestId: ctx.meta.requestId ?? ctx.requestID, err: error };
    ctx.broker.logger.error(line, "action failed");
  };
  return {
    name: "LogBugs",
    localAction: (next: ActionHandler) => (ctx: Ctx) =>
      (next(ctx) as Promise<unknown>).catch((error: unknown) => {
        note(ctx, error);
        throw error;
      }),
  } as unknown as Middleware;
}
