/** Until when the certificates are good of the servers that are spoken to by TLS, and whether they are trusted here. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import { type Env } from "../../contracts/env";
import { oneHost } from "../../contracts/settings";
import { doubtful, fine, type Finding, wrong } from "./finding";

const PATIENCE_MS = 4_000;
const DAY = 86_400_000;
/** Who renews by itself has done so by then. */
const SOON = 14 * DAY;

export interface Certificate {
  readonly end: Date;
  /** Why it is not trusted. */
  readonly flaw: string | undefined;
}
/** None where nobody answers by TLS: who needs that server says so. */
export type Look = (host: string, port: number) => Promise<Certificate | undefined>;

export const certificateAt: Look = (host, port) =>
  new Promise((resolve) => {
    const servername = isIP(host) ? "" : host;
    const socket = connect({ host, port, servername, rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      const flaw = socket.authorized ? undefined : String(socket.authorizationError);
      socket.destroy();
      resolve(end ? { end: new Date(end), flaw } : undefined);
    });
    socket.setTimeout(PATIENCE_MS, () => (socket.destroy(), resolve(undefined)));
    socket.on("error", () => resolve(undefined));
  });

const ports: Readonly<Record<string, number>> = { "https:": 443, "amqps:": 5671, "smtps:": 465 };
const names = ["PUBLIC_URL", "RABBITMQ_URL", "SMTP_URL", "S3_ENDPOINT", "TRACE_URL", "HOOK_BEFORE_SEND"] as const;

export function ofCertificate(name: string, host: string, { end, flaw }: Certificate, now = Date.now()): Finding {
  const days = Math.floor((end.getTime() - now) / DAY);
  const date = end.toISOString().slice(0, 10);
  if (end.getTime() <= now) return wrong(`the certificate of ${host} (${name}) ended on ${date}`, "renew it");
  if (end.getTime() - now < SOON)
    return doubtful(
      `the certificate of ${host} (${name}) ends in ${days} days, on ${date}`,
      "see why it was not renewed by itself",
    );
  if (flaw !== undefined)
    return doubtful(
      `the certificate of ${host} (${name}) is not trusted here: ${flaw}`,
      "have it signed by who is trusted, or name that one in NODE_EXTRA_CA_CERTS",
    );
  return fine(`the certificate of ${host} (${name}) is good until ${date}`);
}

export async function* certificates(env: Env, look: Look): AsyncGenerator<Finding> {
  for (const name of names) {
    const given = env[name];
    if (typeof given !== "string" || !URL.canParse(oneHost(given))) continue;
    const { protocol, hostname, port } = new URL(oneHost(given));
    const usual = ports[protocol];
    if (usual === undefined) continue;
    const host = hostname.replace(/^\[|\]$/g, "");
    const found = await look(host, Number(port) || usual);
    if (found) yield ofCertificate(name, host, found);
  }
}
