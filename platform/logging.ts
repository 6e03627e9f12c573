/** What a log line holds: its fields whatever their order, of an error no more than what helps, a bug once. */
import { type ActionHandler, type LoggerInstance, type Middleware } from "moleculer";
import { levels, type LoggerOptions, stdTimeFunctions } from "pino";
import { codeOf, toWire } from "../contracts/errors";
import { type Ctx } from "./service";

/** Refusals in the words of the table; bugs without what drivers hang on them: statements, their values, the input. */
export function shownError(error: Error & { type?: unknown; code?: unknown }): object {
  if (codeOf(error) !== "INTERNAL") return toWire(error);
  const { name, type = name, code, message, stack } = error;
  return { type, ...(code === undefined ? {} : { code }), message, stack };
}

/** pino takes fields first and drops what follows a text; Moleculer and we say `(text, fields, error)`. */
export function fieldsFirst(args: readonly unknown[]): unknown[] {
  const [first, ...rest] = args;
  if (first instanceof Error) return [{ err: first }, first.message];
  if (typeof first !== "string" || rest.length === 0) return [...args];
  const fields: Record<string, unknown> = {};
  const words = [first];
  for (const value of rest) {
    if (value instanceof Error) fields.err = value;
    else if (typeof value === "object") Object.assign(fields, value);
    else words.push(`${value as string}`);
  }
  return [fields, words.join(" ")];
}

export const jsonLines: LoggerOptions = {
  base: null,
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: shownError },
  hooks: {
    logMethod(args, method, level) {
      // Below info it is mostly libraries that talk, and of more than should be kept.
      method.apply(this, (level < levels.values.info! ? args : fieldsFirst(args)) as Parameters<typeof method>);
    },
  },
};

const noted = new WeakSet<object>();

/** Logs what nobody meant to throw, once, with the id of its request: never with params, which may hold secrets. */
export function noteBug(logger: LoggerInstance, fields: object, error: unknown): void {
  if (codeOf(error) !== "INTERNAL") return;
  if (typeof error === "object" && error !== null) {
    if (noted.has(error)) return;
    noted.add(error);
  }
  logger.error("failed", fields, error);
}

export function logBugs(): Middleware {
  return {
    name: "LogBugs",
    localAction: (next: ActionHandler) => (ctx: Ctx) =>
      (next(ctx) as Promise<unknown>).catch((error: unknown) => {
        const requestId = ctx.meta.requestId ?? ctx.requestID;
        noteBug(ctx.broker.logger, { action: ctx.action?.name, requestId }, error);
        throw error;
      }),
  } as unknown as Middleware;
}
