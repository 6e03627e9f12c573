/**
 * The time that a call may take, and the wait of a stop for what is under way. Moleculer's own do the same with eight
 * promises a call and a list of all calls that is searched at the end of each; these are one promise and a count.
 */
import { type Context, Errors, type Middleware, type Service, type ServiceBroker } from "moleculer";
import { CALL_MS } from "./patience";

const STOP_MS = 3_000;

type Handler = (ctx: Context) => Promise<unknown>;
interface Action {
  readonly name: string;
  readonly timeout?: number;
}

class UnderWay {
  private count = 0;
  private settled: (() => void) | undefined;

  run(handler: Handler, ctx: Context): Promise<unknown> {
    this.count++;
    const result = handler(ctx);
    result.then(this.done, this.done);
    return result;
  }

  private readonly done = (): void => {
    if (--this.count === 0) this.settled?.();
  };

  /** False where some are left when the time is over. */
  async end(withinMs: number): Promise<boolean> {
    if (this.count === 0) return true;
    let late: NodeJS.Timeout | undefined;
    const settled = new Promise<boolean>((resolve) => {
      this.settled = () => resolve(true);
      late = setTimeout(() => resolve(false), withinMs);
    });
    return settled.finally(() => clearTimeout(late));
  }
}

function timedOut(broker: ServiceBroker, action: string, ctx: Context): Error {
  const { nodeID } = ctx;
  broker.logger.warn(`Request '${action}' is timed out.`, { requestID: ctx.requestID, nodeID });
  return new Errors.RequestTimeoutError({ action, nodeID });
}

/** As Moleculer's: a call that a handler makes through its context has what is left of the handler's own time. */
function limited(broker: ServiceBroker, { name, timeout = CALL_MS }: Action, handler: Handler): Handler {
  return (ctx) => {
    const { options } = ctx;
    const ms: number = (options.timeout ??= timeout);
    if (ms <= 0) return handler(ctx);
    (ctx as { startHrTime?: [number, number] }).startHrTime ??= process.hrtime();
    const limit: Promise<unknown> & { timeout?: undefined } = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(timedOut(broker, name, ctx)), ms);
      handler(ctx).then(
        (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
    // Moleculer's own limit looks at the time that is noted by now, and would begin a race for it with this method.
    limit.timeout = undefined;
    return limit;
  };
}

/** @param stopMs how long a stop waits for calls and events under way, others' and then own, before the stores close */
export function limitsOfCalls(stopMs = STOP_MS): Middleware {
  const ofServices = new WeakMap<Service, UnderWay>();
  const toOthers = new UnderWay();
  const counted =
    (handler: Handler): Handler =>
    (ctx) => {
      const underWay = ctx.service && ofServices.get(ctx.service);
      return underWay ? underWay.run(handler, ctx) : handler(ctx);
    };
  const stopping = async (underWay: UnderWay | undefined, service?: Service): Promise<void> => {
    if (underWay && !(await underWay.end(stopMs)))
      service?.logger.error(new Errors.GracefulStopTimeoutError({ service: service.fullName }));
  };
  return {
    name: "LimitsOfCalls",
    serviceStarting: (service: Service) => void ofServices.set(service, new UnderWay()),
    serviceStopping: (service: Service) => stopping(ofServices.get(service), service),
    stopping: () => stopping(toOthers),
    localAction(this: ServiceBroker, handler: Handler, action: Action) {
      return limited(this, action, counted(handler));
    },
    remoteAction(this: ServiceBroker, handler: Handler, action: Action) {
      return limited(this, action, (ctx) => toOthers.run(handler, ctx));
    },
    localEvent: counted,
  } as unknown as Middleware;
}
