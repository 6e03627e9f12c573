/** Headers that keep a browser from being turned against its user, and the CORS answers. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { type Env } from "../../../contracts/env";
import { fail } from "../../../contracts/errors";
import { originAllowed } from "./origins";

const POLICIES = {
  /** JSON: nothing in it is ever run or shown. */
  data: "default-src 'none'; frame-ancestors 'none'",
  /** Our pages: their own scripts and styles, sockets to where they came from. */
  page:
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; " +
    "media-src 'self' blob:; font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  /** The tabs' common worker: sockets to where it came from. */
  worker: "default-src 'none'; connect-src 'self' ws: wss:",
  /** Swagger UI writes style attributes. */
  docs:
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Only the page has a use for any of it: it records voices. */
const DEVICES = "camera=(), geolocation=(), microphone=";

export function allowPage(res: ServerResponse, kind: keyof typeof POLICIES): void {
  res.setHeader("Content-Security-Policy", POLICIES[kind]);
  res.setHeader("Permissions-Policy", `${DEVICES}${kind === "page" ? "(self)" : "()"}`);
}

export function secure(env: Env, res: ServerResponse): void {
  allowPage(res, "data");
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.setHeader("X-Frame-Options", "DENY");
  res.setHeader("Referrer-Policy", "no-referrer");
  res.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  res.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  res.setHeader("Cache-Control", "no-store");
  if (env.NODE_ENV === "production") res.setHeader("Strict-Transport-Security", "max-age=31536000");
}

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const ALLOWED =
  "Authorization, Content-Type, Idempotency-Key, X-Request-Id, " +
  "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Last-Event-ID";
const EXPOSED =
  "X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, " +
  "ETag, Content-Range, Accept-Ranges, Content-Disposition";

/** Which page may read the answer, whatever it is: one that is refused, or told to wait, has to see why. */
export function cors(env: Env, { headers: { origin, host } }: IncomingMessage, res: ServerResponse): void {
  res.setHeader("Vary", "Origin"); // on every answer, or a cache would hand one origin's to another
  if (origin === undefined || !originAllowed(env, origin, host)) return;
  res.setHeader("Access-Control-Allow-Origin", origin);
  res.setHeader("Access-Control-Allow-Credentials", "true");
  res.setHeader("Access-Control-Expose-Headers", EXPOSED);
}

/** @throws FORBIDDEN for a page that is not on the list */
export function refuseForeignPage(env: Env, { headers: { origin, host } }: IncomingMessage): void {
  if (!originAllowed(env, origin, host))
    throw fail("FORBIDDEN", "This origin is not allowed; the operator lists it in ALLOWED_ORIGINS.");
}

/** Answers a browser's question whether it may ask. */
export function preflight(res: ServerResponse): void {
  res.setHeader("Access-Control-Allow-Methods", METHODS);
  res.setHeader("Access-Control-Allow-Headers", ALLOWED);
  res.setHeader("Access-Control-Max-Age", "600");
  res.writeHead(204).end();
}
