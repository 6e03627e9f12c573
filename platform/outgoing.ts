/**
 * Requests to addresses that users named (push endpoints, webhooks), or that keys come from: never into our own network, never followed
 * elsewhere, never waited for beyond a deadline, and ended by a stop.
 */
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
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

type Asked = Omit<Outgoing, "body"> & { readonly body?: string | Buffer };
type Read<T> = (answer: IncomingMessage) => Promise<T>;

/** A few connections to each receiver stay open for a while: another handshake costs more than what is sent over it. */
const KEPT = { keepAlive: true, maxFreeSockets: 6, timeout: 10_000 };
const agents = () => ({ "http:": new HttpAgent(KEPT), "https:": new HttpsAgent(KEPT) });
/** Each with connections of its own: one into our own network is nothing for who may not go there. */
const [toAnywhere, outward] = [agents(), agents()];
/** What is not read of an answer is thrown away up to here, or its connection is. */
const MOST_DRAINED = 16_000;

/** So that the connection can be used again. */
function drain(answer: IncomingMessage): void {
  let size = 0;
  answer.on("error", () => undefined); // nobody waits for the rest
  answer.on("data", (chunk: Buffer) => (size += chunk.length) > MOST_DRAINED && answer.destroy());
}

/** The receiver had closed the connection when our request came, or said something on it that nobody had asked. */
const wasStale = ({ reusedSocket }: ClientRequest, { code = "" }: NodeJS.ErrnoException): boolean =>
  reusedSocket && /^(ECONNRESET|EPIPE|HPE_.*)$/.test(code);

/** @param read settles with what is wanted of the answer */
function ask<T>(method: "GET" | "POST", outgoing: Asked, read: Read<T>, anew = false): Promise<T> {
  const { url, headers, body, allowInward, signal, deadline = DEADLINE } = outgoing;
  const target = new URL(url);
  const literal = literalOf(target);
  if (!allowInward && literal !== undefined && isInward(literal)) return Promise.reject(notPublic(literal));
  const isSecure = target.protocol === "https:";
  const agent = method === "POST" && !anew && (allowInward ? toAnywhere : outward)[isSecure ? "https:" : "http:"];
  const end = performance.now() + deadline;
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent, ...(allowInward ? {} : { lookup: lookupOutward }) };
    // From here on the answer alone says what came of it: rubbish behind its head is the request's error, too.
    let isAnswered = false;
    const sent = (isSecure ? requestHttps : requestHttp)(target, options, (answer) => {
      isAnswered = true;
      resolve(read(answer).finally(() => (agent ? drain(answer) : answer.destroy())));
    });
    const late = setTimeout(() => sent.destroy(new Error("no answer in time")), deadline);
    sent.once("error", (error) => {
      if (isAnswered || !wasStale(sent, error)) return reject(error);
      resolve(ask(method, { ...outgoing, deadline: end - performance.now() }, read, true));
    });
    sent.once("close", () => clearTimeout(late));
    sent.end(body);
  });
}

/** The status of the answer, whatever it is; nothing else of it is waited for. @throws when there is none */
export const post = (outgoing: Outgoing): Promise<number> =>
  ask("POST", outgoing, (answer) => Promise.resolve(answer.statusCode ?? 0));

/** All of a body. @throws where it has more than `most` bytes */
export async function bytesOf(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new Error(`more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An answer as far as somebody wants it who follows no redirection blindly. */
export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first bytes. */
  readonly body: Buffer;
}

/** Up to `most` bytes, or up to where `isEnough`. */
async function beginningOf(answer: AsyncIterable<Buffer>, most: number, isEnough: (chunk: Buffer) => boolean) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= most || isEnough(chunk)) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

/** Whatever is answered; the rest of a longer body is not waited for. @throws when there is no answer */
export function getPage(
  outgoing: Omit<Outgoing, "body">,
  most: number,
  isEnough: (chunk: Buffer) => boolean,
): Promise<Page> {
  return ask("GET", outgoing, async (answer) => {
    const body = answer.statusCode === 200 ? await beginningOf(answer, most, isEnough) : Buffer.alloc(0);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body };
  });
}

async function textOf(answer: IncomingMessage, most: number): Promise<string> {
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  return (await bytesOf(answer as AsyncIterable<Buffer>, most)).toString("utf8");
}

/** The answer to a POST whatever its status; of its body the first bytes. */
export function exchange(outgoing: Outgoing, most: number): Promise<{ status: number; body: Buffer }> {
  return ask("POST", outgoing, async (answer) => ({
    status: answer.statusCode ?? 0,
    body: await beginningOf(answer, most, () => false),
  }));
}

/** The body of the answer to a POST, as `get` has it. */
export function postForAnswer(outgoing: Outgoing, most: number): Promise<string> {
  return ask("POST", outgoing, (answer) => textOf(answer, most));
}

/** The body of an answer with status 200, of at most `most` bytes. @throws for every other answer */
export function get(outgoing: Omit<Outgoing, "body">, most: number): Promise<string> {
  return ask("GET", outgoing, (answer) => textOf(answer, most));
}
