/** The published specs, to read and to try out: everything from this server, nothing from a CDN. */
import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fail } from "../../../contracts/errors";
import { pathTo } from "../../../contracts/tenants";
import { envOf } from "../../../platform/env";
import { sendJson } from "./answers";
import { type Door, type Response } from "./door";
import { allowPage } from "./headers";
import { eventsPage } from "./docs-events";
import { FILTER, FILTER_PATH } from "./docs-events-assets";

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};
/** Loaded with all that writes specs when somebody reads them. */
const specs = () => import("../../../platform/specs");
const openApiOnce = once(async () => (await specs()).openApi());
const asyncApiOnce = once(async () => (await specs()).asyncApi());
const eventsPageOnce = once(async () => eventsPage(await asyncApiOnce()));

const sendPage = (res: Response, html: string): void => {
  allowPage(res, "docs");
  res.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(html);
};

/** @param at what stands before our paths: a tenant's is not the root */
const swaggerPage = (at: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Chat: REST API</title>
    <link rel="icon" href="${at}/icon.svg" />
    <link rel="stylesheet" href="${at}/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${at}/api/docs/swagger-ui-bundle.js"></script>
    <script src="${at}/api/docs/start.js"></script>
  </body>
</html>
`;
/** In a file of its own, because the page's policy runs no script that stands in the page. */
const startOf = (at: string): string =>
  `SwaggerUIBundle({ url: "${at}/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });\n`;

const folder = dirname(require.resolve("swagger-ui-dist/package.json"));
const assets: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

async function sendAsset(res: Response, name: string, at: string): Promise<void> {
  if (name === "start.js") return void res.writeHead(200, { "Content-Type": "text/javascript" }).end(startOf(at));
  const type = assets[name];
  if (type === undefined) throw fail("NOTFOUND", "There is no such page.");
  res.writeHead(200, { "Content-Type": type, "Cache-Control": "public, max-age=3600" });
  await pipeline(createReadStream(join(folder, name)), res).catch(() => res.destroy());
}

/** Browsers ask for HTML first; everything else is given the document itself. */
const wantsPage = (accept: string | undefined): boolean => (accept ?? "").split(",", 1)[0]?.trim() === "text/html";

const page = (path: string, handle: Door["handle"]): Door => ({ method: "GET", path, access: "anyone", handle });

export const docsDoors: readonly Door[] = [
  page("/openapi.json", async ({ res }) => sendJson(res, 200, await openApiOnce())),
  page("/api/docs", ({ broker, res }) => sendPage(res, swaggerPage(pathTo(envOf(broker))))),
  page("/api/docs/:asset", ({ broker, res, path }) => sendAsset(res, path.asset ?? "", pathTo(envOf(broker)))),
  page(FILTER_PATH, ({ res }) => void res.writeHead(200, { "Content-Type": "text/javascript" }).end(FILTER)),
  page("/ws-docs", async ({ req, res }) => {
    res.setHeader("Vary", "Origin, Accept");
    if (wantsPage(req.headers.accept)) sendPage(res, await eventsPageOnce());
    else sendJson(res, 200, await asyncApiOnce());
  }),
];
