/** The HTTP door as a mixin of the api service: moleculer-web, restricted to the routes of the contract. */
import { type Server } from "node:http";
import { join } from "node:path";
import { type Service, type ServiceSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import { fail, type Refusal } from "../../../contracts/errors";
import { routes } from "../../../contracts/routes";
import { envOf } from "../../../platform/env";
import { isHostileKey } from "../../../platform/hostile";
import { noteBug } from "../../../platform/logging";
import { metricsOf } from "../../../platform/metrics";
import { groupOf } from "../../../platform/processes/group";
import { projectRoot } from "../../../platform/root";
import { act } from "../../../platform/service";
import { methodsBeside, withoutPrefix } from "../aliases";
import { requestIdOf, sendFailure } from "./answers";
import { clientIp } from "./client-ip";
import { docsDoors } from "./docs";
import { type Door, handlerOf, type Request, type Response } from "./door";
import { allowPage, cors, preflight, refuseForeignPage, secure } from "./headers";
import { inspectActions } from "./inspect";
import { ceilingOf, pagesIn } from "./budgets";
import { countHere, guard } from "./limits";
import { exportDoors } from "./export";
import { mailDoors } from "./mail";
import { factDoors } from "./facts-stream";
import { oidcDoors, oidcRestDoors } from "./oidc/doors";
import { payFor } from "./pay";
import { opsDoors, opsPaths } from "./ops";
import { pageDoors } from "./page";
import { targetOf } from "./target";
import { doorOf, isJson } from "./rest";
import { limitBodyTime, makeServer, makeServerBehind } from "./server";
import { uploadDoors } from "./files/doors";

/** The service as moleculer-web builds it, as far as it is used here. */
interface Gateway extends Pick<Service, "broker" | "logger"> {
  settings: object;
  server: Server;
  aliases: { method: string; match(path: string): unknown }[];
  httpHandler(req: Request, res: Response): Promise<void>;
  sendError(req: Request, res: Response, error: unknown): void;
}
type Base = Record<"httpHandler" | "parseQueryString", (this: Gateway, ...args: unknown[]) => unknown>;
const base = ApiGateway.methods as unknown as Base;

const web = join(projectRoot, "web");
const pages = pagesIn(web);

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "/";

/** Served as a GET, of which Node leaves the body out by itself; a range is of a GET alone (RFC 9110, 14.2). */
function serveAsGet(req: Request): void {
  req.method = "GET";
  delete req.headers.range;
}

/** Bodies come as they are, in one piece or in chunks. @throws UNSUPPORTED_TYPE */
function refuseCodings({ headers }: Request): void {
  const coding = headers["transfer-encoding"]?.trim().toLowerCase() ?? "chunked";
  if (coding !== "chunked") throw fail("UNSUPPORTED_TYPE", "Of Transfer-Encoding only chunked is understood.");
}

const aliasesOf = (doors: readonly Door[]): Record<string, unknown> =>
  Object.fromEntries(doors.map((d) => [`${d.method} ${d.path}`, handlerOf(d)]));

/** Doors that read no body, or stream it, come first: what matches no route is refused without reading a body. */
const restDoors = routes
  .filter((r) => !r.form && !r.bytes && !r.anyBody)
  .flatMap((route) => [route, ...methodsBeside(route).map((method) => ({ ...route, method }))])
  .map(doorOf);
const rawDoors: readonly Door[] = [
  ...opsDoors,
  ...docsDoors,
  ...pageDoors,
  ...uploadDoors,
  ...oidcDoors,
  ...factDoors,
  ...exportDoors,
  ...mailDoors,
  ...routes.filter((r) => r.anyBody).map(doorOf),
];

/** The methods of each path without a parameter: it is no id, whatever route has a parameter in its place. */
const fixedPaths = new Map<string, Set<string>>();
for (const { method, path } of [...rawDoors, ...restDoors, ...oidcRestDoors]) {
  if (path.includes(":")) continue;
  fixedPaths.set(path, (fixedPaths.get(path) ?? new Set()).add(method));
}

/** A group that is taken in comes with all its members. */
const isImport = ({ path }: Door): boolean => path.startsWith("/admin/import/");
const jsonUpTo = (limit: number): object => ({ json: { limit, strict: true, inflate: false, type: isJson } });

function notByThisMethod(res: Response, methods: Iterable<string>): Refusal {
  const found = new Set(methods);
  const allowed = [...(found.has("GET") ? new Set(["GET", "HEAD", ...found]) : found)].join(", ");
  res.setHeader("Allow", allowed);
  return fail("METHOD", `This route takes ${allowed}.`);
}

function settingsOf(service: Gateway): object {
  const { PORT, HOST } = envOf(service.broker);
  const common = { path: "/", mappingPolicy: "restrict", mergeParams: false, logging: false };
  return {
    port: PORT,
    ip: HOST,
    assets: {
      folder: web,
      options: {
        redirect: false,
        dotfiles: "ignore",
        maxAge: 0,
        setHeaders: (res: Response) => allowPage(res, "page"),
      },
    },
    routes: [
      { ...common, name: "raw", bodyParsers: false, aliases: aliasesOf(rawDoors) },
      { ...common, name: "imports", bodyParsers: jsonUpTo(1_048_576), aliases: aliasesOf(restDoors.filter(isImport)) },
      {
        ...common,
        name: "rest",
        bodyParsers: jsonUpTo(102_400),
        aliases: aliasesOf([...restDoors.filter((door) => !isImport(door)), ...oidcRestDoors]),
      },
    ],
  };
}

/** Counted on the server itself, so that what no route takes is counted, too. */
function observe(service: Gateway): void {
  const { httpRequests, httpDuration } = metricsOf(service.broker);
  service.server.prependListener("request", (req: Request, res: Response) => {
    const start = performance.now();
    const { method = "GET" } = req;
    res.once("close", () => {
      const labels = { method, route: req.$alias?.fullPath ?? "unmatched", status: String(res.statusCode) };
      httpRequests.inc(labels);
      httpDuration.observe(labels, (performance.now() - start) / 1000);
    });
  });
}

/** Everything that happens before a route is looked for, in the order of its cost. True where the answer is given. */
async function beforeRouting(service: Gateway, req: Request, res: Response): Promise<boolean> {
  const env = envOf(service.broker);
  req.requestId = requestIdOf(req);
  // moleculer-web names its trace by these headers, however odd they are.
  req.headers["x-request-id"] = req.requestId;
  delete req.headers["x-correlation-id"];
  res.setHeader("X-Request-Id", req.requestId);
  secure(env, res);
  cors(env, req, res);
  req.url = withoutPrefix(targetOf(req));
  const forwarded = req.headers["x-forwarded-for"];
  req.clientIp = clientIp(req.socket.remoteAddress, String(forwarded ?? ""), env.TRUST_PROXY);
  const path = pathOf(req.url ?? "/");
  if (!opsPaths.has(path)) {
    await guard(service.broker, res, ceilingOf(env, req.clientIp));
    await payFor(service.broker, req, res, path, pages);
  }
  refuseForeignPage(env, req);
  if (req.method === "OPTIONS") return (preflight(res), true);
  req.isHead = req.method === "HEAD";
  if (req.isHead) serveAsGet(req);
  const fixed = fixedPaths.get(path);
  if (fixed && !fixed.has(req.method ?? "")) throw notByThisMethod(res, fixed);
  limitBodyTime(req);
  refuseCodings(req);
  return false;
}

/** The secret of an incoming webhook is a part of its path, and so is the token of a mail. */
const spanName = ({ method, url }: Request): string =>
  `${method} ${pathOf(url ?? "/").replace(/^(\/hooks\/[^/]*|\/mail\/unsubscribe)\/.*/, "$1")}`;

const hostileQuery = (url: string): boolean =>
  [...new URLSearchParams(url.split("?", 2)[1] ?? "").keys()].some((key) =>
    key.split(/[[\].]+/).some((part) => part !== "" && isHostileKey(part)),
  );

export const http: ServiceSchema = {
  name: "api",
  mixins: [ApiGateway],
  settings: {
    $secureSettings: ["routes", "assets", "port", "ip"], // of no other node's concern, and full of functions
    routes: null,
    // A list may be longer than the library's twenty; its contract says how long.
    qsOptions: { arrayLimit: 1_000 },
    logRequest: null,
    logRequestParams: null,
    logResponse: null,
    logRouteRegistration: null,
  },
  actions: {
    // Its spans name the path alone: a query may hold what people search for, or a signature.
    rest: {
      tracing: {
        tags: { params: false },
        spanName: (ctx) => spanName((ctx.params as { req: Request }).req),
      },
    },
    // moleculer-web's own, which change routes at run time or list them.
    listAliases: false,
    addRoute: false,
    removeRoute: false,
    ...inspectActions,
    count: act("api.count", function (_caller, { key, windowMs }) {
      return countHere(this.broker, key, windowMs);
    }),
  },
  methods: {
    /** Called by moleculer-web before it reads its settings: the environment is known from here on. */
    createServer(this: Gateway) {
      Object.assign(this.settings, settingsOf(this));
      const handler = (req: unknown, res: Response): void => void this.httpHandler(req as Request, res);
      const isOfTenant = envOf(this.broker).TENANT !== undefined;
      this.server = isOfTenant ? makeServerBehind(handler) : makeServer(handler, { group: groupOf(this.broker) });
      observe(this);
    },
    async httpHandler(this: Gateway, req: Request, res: Response) {
      try {
        if (await beforeRouting(this, req, res)) return;
        await base.httpHandler.call(this, req, res);
      } catch (error) {
        this.sendError(req, res, error);
      }
    },
    /** moleculer-web calls this for every request; a request that is refused here reaches no route. */
    parseQueryString(this: Gateway, req: Request) {
      if (hostileQuery(req.url ?? "")) throw fail("BAD_REQUEST", "Keys that start with $ are not accepted.");
      return base.parseQueryString.call(this, req);
    },
    send404(this: Gateway, req: Request, res: Response) {
      const path = pathOf(req.url ?? "/");
      const found = path === "/" ? ["GET"] : this.aliases.filter((a) => a.match(path)).map((a) => a.method);
      // What is not served although its method is among them is another spelling of the path, such as `//users/me`.
      const isThere = found.length > 0 && !found.includes(req.method ?? "");
      this.sendError(req, res, isThere ? notByThisMethod(res, found) : fail("NOTFOUND", "There is no such route."));
    },
    sendError(this: Gateway, req: Request, res: Response, error: unknown) {
      const { code } = sendFailure(res, error);
      const line = { requestId: req.requestId, method: req.method, route: req.$alias?.fullPath, code };
      if (code === "INTERNAL") noteBug(this.logger, line, error);
      else this.logger.debug(line, "request refused");
    },
    errorHandler(this: Gateway, req: Request, res: Response, error: unknown) {
      this.sendError(req, res, error);
    },
  },
};
