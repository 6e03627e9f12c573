/** Receiving webhooks: what comes is signed, and nothing unsigned, changed or old is believed. */

/** How old, or how early, a request may be. */
const TOLERANCE_S = 5 * 60;

/** What a webhook tells. */
export interface WebhookEvent<T = unknown> {
  /** Stays the same however often it is sent: keep it, and take each once. */
  readonly id: string;
  readonly body: T;
}
/** How a webhook is checked. */
export interface VerifyOptions {
  /** As `POST /admin/webhooks` told it; several while one replaces another. */
  readonly secret: string | readonly string[];
  /** Seconds that a request may be off this clock; 300 where left out. */
  readonly toleranceSeconds?: number;
  readonly now?: number;
}

/** Headers of Fetch, or of Node. */
export type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The request is not one of the server's, or is too old. */
export class WebhookError extends Error {
  /** `WebhookError`. */
  override readonly name = "WebhookError";
}

function headerOf(headers: HeadersLike, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value !== "string" || value === "") throw new WebhookError(`The header ${name} is missing.`);
  return value;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Compares in constant time: by the platform's own check. */
async function isSignedBy(secret: string, text: string, signature: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  try {
    const raw = bytesOf(secret.replace(/^whsec_/, ""));
    const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
    return await crypto.subtle.verify("HMAC", key, bytesOf(signature), new TextEncoder().encode(text));
  } catch {
    return false; // a signature or secret that is no base64
  }
}

/**
 * The event of a request, by the Standard Webhooks specification. `body` is its text exactly as it came: parsed and
 * written again it has another signature.
 * @throws WebhookError
 */
export async function verifyWebhook<T = unknown>(
  request: { readonly headers: HeadersLike; readonly body: string },
  { secret, toleranceSeconds = TOLERANCE_S, now = Date.now() }: VerifyOptions,
): Promise<WebhookEvent<T>> {
  const id = headerOf(request.headers, "webhook-id");
  const timestamp = headerOf(request.headers, "webhook-timestamp");
  const signatures = headerOf(request.headers, "webhook-signature").split(" ");
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookError("The timestamp is no number.");
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) throw new WebhookError("The request is too old.");
  const text = `${id}.${timestamp}.${request.body}`;
  const secrets = typeof secret === "string" ? [secret] : secret;
  for (const signature of signatures.filter((s) => s.startsWith("v1,")))
    for (const one of secrets)
      if (await isSignedBy(one, text, signature.slice(3))) return { id, body: JSON.parse(request.body) as T };
  throw new WebhookError("No signature fits.");
}

/** A handler of Fetch requests (Next.js, Hono, Deno, Workers): 400 for what is not signed, 500 to be sent it again. */
export function webhookHandler<T = unknown>(
  options: VerifyOptions,
  take: (event: WebhookEvent<T>) => unknown,
): (request: Request) => Promise<Response> {
  return async (request) => {
    let event: WebhookEvent<T>;
    try {
      event = await verifyWebhook<T>({ headers: request.headers, body: await request.text() }, options);
    } catch (error) {
      return new Response(error instanceof WebhookError ? error.message : "Bad request.", { status: 400 });
    }
    try {
      await take(event);
      return new Response(null, { status: 204 });
    } catch {
      return new Response("It could not be taken.", { status: 500 });
    }
  };
}
