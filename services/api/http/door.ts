/** What a handler of one HTTP route is given, and how it is hung into moleculer-web. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { type Context, type ServiceBroker } from "moleculer";
import { type Caller, type Meta } from "../../../contracts/caller";
import { type Route } from "../../../contracts/routes";
import { callerIfAny, callerOf, refuseNobody } from "./auth";

/** A request as moleculer-web hands it on. */
export interface Request extends IncomingMessage {
  readonly $ctx: Context<unknown, Meta>;
  readonly $params: { body?: unknown; query?: Record<string, unknown>; params?: Record<string, string> };
  readonly $alias?: { readonly fullPath: string };
  readonly parsedUrl: string;
  /** Set by this door before routing. */
  requestId: string;
  clientIp: string;
  /** It is served as a GET, and its answer has no body. */
  isHead: boolean;
}
export type Response = ServerResponse;

export interface Exchange {
  readonly broker: ServiceBroker;
  /** For `call`: what is called through it shows in this request's trace. */
  readonly ctx: Context<unknown, Meta>;
  readonly req: Request;
  readonly res: Response;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly caller: Caller | undefined;
  /** To be passed with every call. */
  readonly meta: Meta;
}

/** A route that is more than one action: pages, files, health. It answers by itself; what it throws goes into the envelope. */
export interface Door {
  readonly method: Route["method"];
  readonly path: string;
  /** `user` refuses requests without a good token; with `anyone` a token is read if there is one. */
  readonly access: "anyone" | "user";
  /** A server key may come for itself, on behalf of nobody. */
  readonly forServers?: boolean;
  readonly handle: (x: Exchange) => Promise<void> | void;
}

export type Handler = (
  this: { broker: ServiceBroker },
  req: Request,
  res: Response,
  next: (e: unknown) => void,
) => void;

/** moleculer-web waits for `next` or for the end of the answer; a rejection it would not see. */
export const handlerOf = ({ access, handle, forServers = access === "anyone" }: Door): Handler =>
  function (req, res, next) {
    const run = async (): Promise<void> => {
      const { broker } = this;
      const caller = await (access === "user" ? callerOf(broker, req) : callerIfAny(broker, req));
      if (!forServers) refuseNobody(caller);
      const meta: Meta = { requestId: req.requestId, from: req.clientIp, ...(caller ? { caller } : {}) };
      const { query = {}, params: path = {} } = req.$params;
      await handle({ broker, ctx: req.$ctx, req, res, path, query, caller, meta });
    };
    run().catch(next);
  };
