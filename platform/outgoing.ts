/**
 * Requests to addresses that users named (push endpoints, webhooks): never into our own network, never followed
 * elsewhere, never waited for beyond a deadline, and ended by a stop.
 */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { badField } from "../contracts/errors";
import { isInward, leadsInward, literalOf, lookupOutward, notPublic } from "./addresses";

/** For all of it, from the look-up of the name to the head of the answer, however lively it drips. */
const DEADLINE = 10_000;

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer;
  /** Receivers in our own network are wanted: tests, and installations that have no other. */
  readonly allowInward: boolean;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** In milliseconds. */
  readonly deadline?: number;
}

/**
 * For what users ask us to keep: an https:// URL of a public address, or where our own network is wanted http://, too.
 * @throws BAD_REQUEST naming the field
 */
export async function checkOutwardUrl(given: string, field: string, allowInward: boolean): Promise<void> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== "https:" && !(allowInward && url?.protocol === "http:"))
    throw badField(field, "url", `The ${field} must be an https:// URL.`);
  if (!allowInward && (await leadsInward(url)))
    throw badField(field, "private", `The ${field} leads to a private address; OUTGOING_PRIVATE=on allows that.`);
}

/** The status of the answer, whatever it is. @throws when there is none */
export function post(outgoing: Outgoing): Promise<number> {
  const { url, headers, body, allowInward, signal, deadline = DEADLINE } = outgoing;
  const target = new URL(url);
  const literal = literalOf(target);
  if (!allowInward && literal !== undefined && isInward(literal)) return Promise.reject(notPublic(literal));
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, signal, ...(allowInward ? {} : { lookup: lookupOutward }) };
    const sent = request(target, options, (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy(); // nothing of the answer but its status is read
    });
    const late = setTimeout(() => sent.destroy(new Error("no answer in time")), deadline);
    sent.once("error", reject);
    sent.once("close", () => clearTimeout(late));
    sent.end(body);
  });
}
