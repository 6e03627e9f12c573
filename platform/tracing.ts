/**
 * A message's way as one trace, across mailboxes and facts where no context is handed on. Without TRACE_URL nothing of
 * this costs more than a comparison: the scope, which slows down every promise, is then never made.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import {
  type ActionHandler,
  type Context,
  type Middleware,
  type ServiceBroker,
  type Span,
  type Tracer,
  TracerExporters,
} from "moleculer";
import { type Meta } from "../contracts/caller";

/** Where in a trace we are. */
export interface Place {
  readonly tracer: Tracer;
  readonly span: Span;
}

let scope: AsyncLocalStorage<Place> | undefined;

/** Undefined where nothing is traced. To be kept with what waits, and given to `shared` when its turn has come. */
export const here = (): Place | undefined => scope?.getStore();

async function timed<T>(place: Place, run: () => Promise<T>): Promise<T> {
  try {
    return await (scope as AsyncLocalStorage<Place>).run(place, run);
  } catch (error) {
    place.span.setError(error as Error);
    throw error;
  } finally {
    place.span.finish();
  }
}

interface Origin {
  readonly traceID: string;
  readonly parentID?: string;
}

function begun(tracer: Tracer, name: string, origin: Origin, tags = {}): Place {
  const span = tracer.startSpan(name, { ...origin, sampled: true, service: tracer.broker.nodeID, tags });
  return { tracer, span };
}
const childOf = ({ tracer, span }: Place, name: string, tags?: object): Place =>
  begun(tracer, name, { traceID: span.traceID, parentID: span.id }, tags);

/** The beginning of a trace: what a client asked for. */
export function traced<T>(broker: ServiceBroker, name: string, traceID: string, run: () => Promise<T>): Promise<T> {
  return scope ? timed(begun(broker.tracer, name, { traceID }), run) : run();
}

/** A step of where we are. */
export function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const place = here();
  return place ? timed(childOf(place, name), run) : run();
}

/** One step that many waited for: it shows in the trace of each, and what it leads to in the trace of the first. */
export function shared<T>(
  name: string,
  waiting: readonly { readonly place: Place | undefined }[],
  run: () => Promise<T>,
): Promise<T> {
  if (!scope) return run();
  const [first, ...others] = waiting.flatMap(({ place }) => (place ? [place] : []));
  if (!first) return run();
  const sharedWith = first.span.traceID;
  const beside = others.map((place) => childOf(place, name, { sharedWith }));
  return timed(childOf(first, name, { commands: String(waiting.length) }), run).finally(() => {
    for (const { span } of beside) span.finish();
  });
}

/** Where we are, as text for the header of a fact. */
export function traceHeader(): string | undefined {
  const place = here();
  return place && `${place.span.traceID} ${place.span.id}`;
}

/** Goes on, on any node, with a trace that came with a fact. */
export function resumed<T>(
  broker: ServiceBroker,
  header: string | undefined,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  const [traceID, parentID] = header?.split(" ") ?? [];
  if (!scope || traceID === undefined || parentID === undefined) return run();
  return timed(begun(broker.tracer, name, { traceID, parentID }), run);
}

/** Makes every action's span the place where its handler is. */
export function traces(): Middleware {
  const own = (scope ??= new AsyncLocalStorage<Place>());
  return {
    name: "Traces",
    localAction:
      (next: ActionHandler<unknown>) =>
      (ctx: Context<unknown, Meta> & { span?: Span | null }): unknown =>
        ctx.span ? own.run({ tracer: ctx.broker.tracer, span: ctx.span }, () => next(ctx)) : next(ctx),
  } as unknown as Middleware;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Zipkin takes 16 hex digits for an id and refuses all that comes with another; a client may name its request anyhow. */
export class ZipkinExporter extends TracerExporters.Zipkin {
  convertID(id: string | null | undefined): string | null {
    if (!id) return null;
    if (UUID.test(id)) return id.replaceAll("-", "").slice(0, 16);
    return /^[\da-f]{16}$/.test(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 16);
  }
}
