/** How every answer leaves: the envelope, its status, and nothing of ours that a client should not see. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { errorTable, toWire, type WireError } from "../../../contracts/errors";

const JSON_TYPE = "application/json; charset=utf-8";

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, { "Content-Type": JSON_TYPE, "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}

export const sendData = (res: ServerResponse, data: unknown, status = 200): void =>
  sendJson(res, status, { ok: true, data: data ?? {} });

export function sendFailure(res: ServerResponse, error: unknown): WireError {
  const wire = toWire(error);
  const { retryAfterMs } = (wire.details ?? {}) as { retryAfterMs?: number };
  if (!res.headersSent) {
    if (typeof retryAfterMs === "number") res.setHeader("Retry-After", Math.max(1, Math.ceil(retryAfterMs / 1000)));
    if (errorTable[wire.code].status === 401) res.setHeader("WWW-Authenticate", "Bearer");
    if (wire.code === "UNAVAILABLE" && !res.hasHeader("Retry-After")) res.setHeader("Retry-After", 1);
  }
  sendJson(res, errorTable[wire.code].status, { ok: false, error: wire });
  return wire;
}

const SANE_ID = /^[\w.:-]{1,128}$/;

/** The client's own name of its request where it is a sane one, for it then stands on every log line. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && SANE_ID.test(given) ? given : crypto.randomUUID();
}
