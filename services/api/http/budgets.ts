/**
 * Which budget a request is paid from. People behind one address must not use up each other's: who brings a good token
 * pays for themselves, and what a page needs to show itself costs nothing but a place under the address's ceiling.
 */
import { readdirSync } from "node:fs";
import { type IncomingMessage } from "node:http";
import { actions } from "../../../contracts/actions";
import { type Caller, operator } from "../../../contracts/caller";
import { type Env } from "../../../contracts/env";
import { routes } from "../../../contracts/routes";
import { budgetOf } from "../../../platform/addresses";
import { docsDoors } from "./docs";
import { pageDoors } from "./page";

export interface Budget {
  readonly key: string;
  readonly limit: number;
}
/** `page`: what a browser loads to show something; `refresh`: counted once its body says whose session it is. */
export type Kind = "page" | "file" | "refresh" | "auth" | "api";

const opensDoors = new Set(
  routes.filter((r) => actions[r.action].access === "anyone" && r.path.startsWith("/auth/")).map((r) => r.path),
);
const shownPaths: readonly RegExp[] = [...docsDoors, ...pageDoors].map(
  (d) => new RegExp(`^${d.path.replace(/:\w+/, "[^/]+")}$`),
);

/** The files of a folder as the paths that they are served at. */
export function pagesIn(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Set(["/", ...files.map((file) => `/${file.replaceAll("\\", "/")}`)]);
}

/** A browser asks whether it may ask: the question is not the user's. */
const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

/** `path` without query, as it was asked for. */
export function kindOf(req: IncomingMessage, path: string, pages: ReadonlySet<string>): Kind {
  if (isPreflight(req) || pages.has(path) || shownPaths.some((shown) => shown.test(path))) return "page";
  if (/^\/+(files|upload)(\/|$)/i.test(path)) return "file";
  if (path === "/auth/refresh" && req.method === "POST") return "refresh";
  return /^\/+auth(\/|$)/i.test(path) ? "auth" : "api";
}

/** What guards a node from one address, whatever it asks for. */
export const ceilingOf = (env: Env, ip: string): Budget => ({
  key: `ceiling:${budgetOf(ip)}`,
  limit: env.ADDRESS_RATE_LIMIT,
});

export type Payer = (Pick<Caller, "userId"> & Partial<Pick<Caller, "server" | "sessionId">>) | undefined;

/** A server pays for itself, whomever it speaks for. */
const isServer = (payer: Payer): boolean => payer?.server === true || payer?.userId === operator.userId;

/** The budgets that all gateways share. */
export function budgetsOf(env: Env, kind: Kind, path: string, ip: string, payer: Payer): Budget[] {
  const own = payer ? `user:${payer.userId}` : `ip:${budgetOf(ip)}`;
  if (kind === "page") return [];
  if (isServer(payer)) return [{ key: `server:${payer?.sessionId}`, limit: env.SERVER_RATE_LIMIT }];
  if (kind === "file") return [{ key: `file-${own}`, limit: env.FILE_RATE_LIMIT }];
  const api: Budget = { key: own, limit: env.RATE_LIMIT };
  if (kind === "api" || (kind === "refresh" && payer)) return [api];
  // Guesses are counted where they come from, whoever makes them.
  const guess = !payer || opensDoors.has(path) ? `ip:${budgetOf(ip)}` : own;
  return [api, { key: `auth-${guess}`, limit: env.AUTH_RATE_LIMIT }];
}
