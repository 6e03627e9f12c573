/**
 * All that can be read of a system: every GET route that the older version publishes, asked by several people for what
 * they have. What the older one said must be in what the newer one says.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { rest, type Signed } from "./rest";

export type State = ReadonlyMap<string, unknown>;
export interface Viewer {
  readonly name: string;
  tokens: Pick<Signed, "accessToken" | "refreshToken">;
}

/** What speaks of this moment or of this process, and streams. */
const passing =
  /^\/(health|metrics|openapi|api\/docs|ws-docs|$)|\/stream$|\/overview$|\/settings$|\/export$|export\/all$|admin\/facts/;
const SAMPLES = 8;
const FIELDS: Readonly<Record<string, string>> = { q: "a", query: "the" };

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}
type Routes = Record<string, { get?: { parameters?: Parameter[] } }>;

/** Of the older version's openapi.yml: paths with their required questions. */
function pathsOf(tree: string): string[] {
  const { paths } = parse(readFileSync(join(tree, "openapi.yml"), "utf8")) as { paths: Routes };
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (!get || passing.test(path)) return [];
    const asked = (get.parameters ?? []).filter((one) => one.in === "query" && one.required);
    const limit = (get.parameters ?? []).some(({ name }) => name === "limit") ? ["limit=100"] : [];
    const query = [...asked.map(({ name }) => `${name}=${FIELDS[name] ?? "a"}`), ...limit].join("&");
    return [query ? `${path}?${query}` : path];
  });
}

async function read(url: string, token: string, path: string): Promise<unknown> {
  const ask = () => fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const response = await ask().catch(ask); // a connection that was kept open may end just now
  if (!(response.headers.get("content-type") ?? "").includes("json")) {
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, size: bytes.length, hash: createHash("sha256").update(bytes).digest("hex") };
  }
  const { ok, data, error } = (await response.json()) as { ok: boolean; data: unknown; error?: { code: string } };
  return ok ? data : { refused: error?.code };
}

/** Ids that stand in what was read, by the name of the parameter that takes them. */
class Found {
  private readonly byName = new Map<string, Set<string>>();

  note(name: string, id: unknown): void {
    if (typeof id !== "string" && typeof id !== "number") return;
    const ids = this.byName.get(name) ?? new Set();
    this.byName.set(name, ids.add(String(id)));
  }
  of(name: string): string[] {
    return [...(this.byName.get(name) ?? [])].slice(0, SAMPLES);
  }
}

function notice(found: Found, path: string, value: unknown): void {
  if (Array.isArray(value)) for (const one of value) notice(found, path, one);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return;
  const doc = value as Record<string, unknown>;
  if (/^\/conversations(\?|$)/.test(path)) found.note("conversationId", doc._id);
  if (/\/messages/.test(path) && doc.seq !== undefined) found.note("messageId", doc._id);
  if (/^\/notifications(\?|$)/.test(path)) found.note("notificationId", doc._id);
  if (/^\/users/.test(path)) found.note("user", doc.user_id);
  if (/^\/admin\/reports/.test(path)) found.note("report", doc.report_id);
  for (const text of JSON.stringify(doc).matchAll(/\/files\/([\w-]{8,})/g)) found.note("file", text[1]);
  for (const inner of Object.values(doc)) notice(found, path, inner);
}

const parameterOf = (path: string): string | undefined => /\{(\w+)\}/.exec(path)?.[1];
function kindOf(path: string, name: string): string {
  if (name !== "id") return name;
  return path.startsWith("/files/") ? "file" : path.includes("/reports/") ? "report" : "user";
}

async function renewed(url: string, viewer: Viewer): Promise<string> {
  const { refreshToken } = viewer.tokens;
  viewer.tokens = await rest<Viewer["tokens"]>(url, undefined, "POST /auth/refresh", { refreshToken });
  return viewer.tokens.accessToken;
}

export async function stateOf(tree: string, url: string, viewers: readonly Viewer[]): Promise<State> {
  const state = new Map<string, unknown>();
  for (const viewer of viewers) {
    const { name } = viewer;
    const found = new Found();
    const token = await renewed(url, viewer);
    const ask = async (path: string): Promise<void> => {
      const value = await read(url, token, path);
      state.set(`${name} ${path}`, value);
      notice(found, path, value);
    };
    const paths = pathsOf(tree);
    for (const path of paths.filter((one) => !parameterOf(one))) await ask(path);
    // Messages are found in conversations.
    for (const path of paths.sort((a, b) => Number(a.includes("messageId")) - Number(b.includes("messageId")))) {
      const parameter = parameterOf(path);
      if (!parameter) continue;
      for (const id of found.of(kindOf(path, parameter))) await ask(path.replace(`{${parameter}}`, id));
    }
  }
  return state;
}

/** The same questions, with the tokens of the same sessions. */
export async function stateAgain(before: State, url: string, viewers: readonly Viewer[]): Promise<State> {
  const state = new Map<string, unknown>();
  for (const viewer of viewers) {
    const token = await renewed(url, viewer);
    for (const what of before.keys()) {
      const [name, path = ""] = what.split(" ");
      if (name === viewer.name) state.set(what, await read(url, token, path));
    }
  }
  return state;
}

/** Of this moment, wherever they stand. */
const momentary = new Set([
  "last_seen",
  "is_online",
  "last_used_at",
  "lastUsedAt",
  "online",
  "refreshed_at",
  "expires_at",
]);

/** Where the newer answer lacks something of the older one; undefined where all is kept. Lists may have got more. */
export function lacks(before: unknown, after: unknown, at = ""): string | undefined {
  if (Array.isArray(before)) {
    if (!Array.isArray(after)) return `${at}: a list became ${JSON.stringify(after)}`;
    let next = 0;
    for (const [i, one] of before.entries()) {
      const from = next;
      while (next < after.length && lacks(one, after[next], "") !== undefined) next++;
      if (next++ >= after.length) return lacks(one, after[from], `${at}[${i}]`) ?? `${at}[${i}] is out of order`;
    }
    return undefined;
  }
  if (before === null || typeof before !== "object")
    return Object.is(before, after) ? undefined : `${at}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`;
  if (after === null || typeof after !== "object") return `${at}: became ${JSON.stringify(after)}`;
  for (const [key, value] of Object.entries(before)) {
    if (momentary.has(key)) continue;
    const lack = lacks(value, (after as Record<string, unknown>)[key], `${at}.${key}`);
    if (lack) return lack;
  }
  return undefined;
}

export const lost = (before: State, after: State): string[] =>
  [...before].flatMap(([what, value]) => {
    const lack = lacks(value, after.get(what));
    return lack === undefined ? [] : [`${what} ${lack}`];
  });
