/**
 * Makes `Date`, and the timers that the services set, go by a time that can leap. To be imported first, in a process that
 * does nothing else. Timers of libraries and of Node (a connection's pulse, a request's patience) stay in real time: to
 * leap over those would break what works.
 */
import { sep } from "node:path";
import { Alarm, Alarms } from "./alarms";
import { backendData } from "./orders";

export const time = new Alarms(backendData().shift);

const ofServices = (line: string): boolean =>
  line.includes(`${sep}services${sep}`) && !line.includes(`${sep}node_modules${sep}`);

function replaceDate(): void {
  const proxy = new Proxy(Date, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length > 0 ? args : [time.now()], newTarget) as Date,
    apply: () => new Date(time.now()).toString(),
    get: (target, key) => (key === "now" ? () => time.now() : (Reflect.get(target, key) as unknown)),
  });
  Date.prototype.constructor = proxy;
  globalThis.Date = proxy;
}

type Run = (...args: unknown[]) => void;
type SetTimer = (run: Run, ms?: number, ...args: unknown[]) => unknown;

/** The line of a stack that called `inner`, and that line alone: all of it would cost more than what the timers do. */
function callerOf(inner: (...args: never[]) => unknown): string {
  const at: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(at, inner);
  Error.stackTraceLimit = stackTraceLimit;
  return at.stack?.split("\n")[1] ?? "";
}

function replaced(set: SetTimer, ours: (ms: number, run: () => void) => Alarm): SetTimer {
  return function timer(run, ms = 0, ...args) {
    if (!ofServices(callerOf(timer))) return set(run, ms, ...args);
    return ours(ms, () => run(...args));
  };
}

function replaceTimers(): void {
  const { setTimeout: once, setInterval: often, clearTimeout: clear } = globalThis;
  const clearAny = (timer: unknown): void => {
    if (timer instanceof Alarm) timer.cancel();
    else clear(timer as NodeJS.Timeout);
  };
  Object.assign(globalThis, {
    setTimeout: Object.assign(
      replaced(once as SetTimer, (ms, run) => time.after(ms, run)),
      once,
    ),
    setInterval: replaced(often as SetTimer, (ms, run) => time.every(ms, run)),
    clearTimeout: clearAny,
    clearInterval: clearAny,
  });
}

/** What the database calls now: its thread has a clock of its own. Defaults of columns stay with that. */
export const inSql = (sql: string): string =>
  sql.replace(/\b(?:clock_timestamp|now)\(\)/g, `($& + interval '${Math.round(time.shift)} milliseconds')`);

replaceDate();
replaceTimers();
