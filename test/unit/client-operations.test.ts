/**
 * Every operation of openapi.yml can be asked for by the client: by its typed `rest.call`, or by a method that is named here.
 * (Events need no such table: the compiler wants a handler for each.)
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { createChat, createChatServer, createSession, memory } from "../../client/src";
import { actions } from "../../contracts/actions";
import { type Route, routes } from "../../contracts/routes";
import { projectRoot } from "../../platform/root";
import { exampleOf } from "../../platform/specs/examples";
import { RecordedServer } from "../support/recorded-server";

const url = "http://chat.test";
const key = "k".repeat(32);
const file = "/files/64f1c0ffee0ddba11c0ffee1";
type Fetch = typeof fetch;
const chatOf = (fetcher: Fetch) =>
  createChat({ url, token: "t", storage: memory(), fetch: fetcher, sockets: new RecordedServer({}).sockets });

/** What `rest.call` is not for, as streams, forms and cookies; or why the client needs no method for it. */
const others: Readonly<Record<string, string | ((fetcher: Fetch) => Promise<unknown>)>> = {
  "POST /upload/single": (fetcher) => chatOf(fetcher).upload(new Blob(["x"])),
  "POST /upload/multiple": "`upload` of each: each has its own progress and its own end",
  "GET /files/:id": (fetcher) => chatOf(fetcher).files.read(file),
  "POST /oidc/session": (fetcher) => createSession({ url, fetch: fetcher }).signInFromProvider("123456"),
  "GET /admin/facts/stream": (fetcher) => createChatServer({ url, key, fetch: fetcher }).facts().next(),
  "GET /users/me/export/all": "a file to download: the browser's own business, or that of `rest.open`",
  "GET /health": "for who runs it",
  "GET /health/live": "for who runs it",
  "GET /health/ready": "for who runs it",
  "GET /metrics": "for who runs it",
  "GET /openapi.json": "for who writes another client",
  "GET /api/docs": "a page",
  "GET /ws-docs": "a page",
  "GET /": "a page",
};

const nameOf = ({ method, path }: Pick<Route, "method" | "path">): string => `${method} ${path}`;
const callable = routes.filter(({ form, bytes }) => !form && !bytes);

function operations(): string[] {
  const spec = parse(readFileSync(join(projectRoot, "openapi.yml"), "utf8")) as { paths: Record<string, object> };
  return Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
      .map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
}

test("every operation that is published is one of the client's routes, or has a method or a reason here", () => {
  const known = [...callable.map(nameOf), ...Object.keys(others)];
  expect(operations().sort()).toEqual([...new Set(known)].sort());
});

test.each(Object.entries(others).filter(([, use]) => typeof use !== "string"))("%s has a method", async (name, use) => {
  const asked: string[] = [];
  const fetcher: Fetch = (input, init) => {
    asked.push(`${init?.method ?? "GET"} ${new URL(input).pathname}`);
    return Promise.resolve(Response.json({ ok: false, error: { code: "FORBIDDEN", message: "no" } }, { status: 403 }));
  };
  await (use as (fetcher: Fetch) => Promise<unknown>)(fetcher).catch(() => undefined);
  const pattern = new RegExp(`^${name.replace(/:\w+/g, "[^/]+")}$`);
  expect(asked).toEqual([expect.stringMatching(pattern)]);
});

/** What the contract gives as an example, as this route takes it. */
function paramsOf({ action, fixed = {}, into }: Route): Record<string, unknown> {
  const example = exampleOf(actions[action].params.json) as Record<string, unknown>;
  const taken = Object.entries(example).filter(([name]) => !(name in fixed));
  return into === undefined ? Object.fromEntries(taken) : (example[into] as Record<string, unknown>);
}

test.each(callable.map((route) => [nameOf(route), route] as const))("%s is asked as published", async (name, route) => {
  const recorded = new RecordedServer({});
  const { rest } = createChatServer({ url, key, fetch: recorded.fetch });
  await (rest.call as (route: string, params: object) => Promise<unknown>).call(rest, name, paramsOf(route));
  expect(recorded.asked).toEqual([{ action: route.action, params: expect.anything(), faults: undefined }]);
});

test("whom a server speaks for is said with the request, whatever is in their key", async () => {
  const said: (string | null)[] = [];
  const fetcher: Fetch = (_input, init) => {
    said.push(new Headers(init?.headers).get("on-behalf-of"));
    return Promise.resolve(Response.json({ ok: true, data: {} }));
  };
  const server = createChatServer({ url, key, fetch: fetcher });
  await server.as(7).call("GET /users/me");
  await server.as({ external_id: "a/b ü" }).call("GET /users/me");
  await server.ask({ external_id: "x" }, "GET", "/users/me");
  await server.rest.call("GET /admin/users", { q: "ann" });
  expect(said).toEqual(["7", "external:a%2Fb%20%C3%BC", "external:x", null]);
});
