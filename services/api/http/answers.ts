/** How every answer leaves: the envelope, its status, and nothing of ours that a client should not see. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { codeOf, errorTable, type ErrorCode, fail, toWire, type WireError } from "../../../contracts/errors";

const JSON_TYPE = "application/json; charset=utf-8";

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, { "Content-Type": JSON_TYPE, "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}

export const sendData = (res: ServerResponse, data: unknown, status = 200): void =>
  sendJson(res, status, { ok: true, data: data ?? {} });

/** What moleculer-web and its body parser throw, by their `type`, said in our codes. */
const ofLibraries: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  "entity.parse.failed": ["BAD_REQUEST", "The body is no JSON object."],
  "entity.too.large": ["TOO_LARGE", "The body is larger than 100 kB."],
  "charset.unsupported": ["UNSUPPORTED_TYPE", "The body must be JSON in UTF-8."],
  "encoding.unsupported": ["UNSUPPORTED_TYPE", "The body must not be compressed."],
  "request.aborted": ["BAD_REQUEST", "The body broke off."],
  "request.size.invalid": ["BAD_REQUEST", "The body is not as long as Content-Length says."],
  UNABLE_DECODE_PARAM: ["BAD_REQUEST", "The path is not well encoded."],
};

export function ownError(error: unknown): unknown {
  const row = ofLibraries[String((error as { type?: unknown } | null)?.type)];
  return row ? fail(...row) : error;
}

export function sendFailure(res: ServerResponse, thrown: unknown): WireError {
  const error = ownError(thrown);
  const wire = toWire(error);
  const { retryAfterMs } = (wire.details ?? {}) as { retryAfterMs?: number };
  if (!res.headersSent) {
    if (typeof retryAfterMs === "number") res.setHeader("Retry-After", Math.max(1, Math.ceil(retryAfterMs / 1000)));
    if (errorTable[wire.code].status === 401) res.setHeader("WWW-Authenticate", "Bearer");
    if (wire.code === "UNAVAILABLE" && !res.hasHeader("Retry-After")) res.setHeader("Retry-After", 1);
  }
  sendJson(res, errorTable[codeOf(error)].status, { ok: false, error: wire });
  return wire;
}

const SANE_ID = /^[\w.:-]{1,128}$/;

/** The client's own name of its request where it is a sane one, for it then stands on every log line. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && SANE_ID.test(given) ? given : crypto.randomUUID();
}
