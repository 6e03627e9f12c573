/** Requests over REST, in the name of whoever is signed in. */
import { fromWire, toChatError, unavailable } from "./error";

export interface RestTokens {
  get(): Promise<string>;
  instead(refused: string | undefined): Promise<string>;
}

export class Rest {
  constructor(
    readonly url: string,
    private readonly tokens: RestTokens | undefined,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /**
   * The answer's `data`. A token that has run out is renewed once on the way.
   * @throws AnyChatError
   */
  async ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.open(method, path, body, signal);
    const answer = (await response.json().catch(() => undefined)) as { ok?: unknown; data?: unknown; error?: unknown };
    if (answer?.ok === true) return answer.data as T;
    throw answer ? fromWire(answer.error) : unavailable(`The answer (${response.status}) is none of the server's.`);
  }

  /** The response as it is, for bytes. */
  async open(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const token = await this.tokens?.get();
    const response = await this.send(method, path, body, token, signal);
    if (response.status !== 401 || !this.tokens) return response;
    return this.send(method, path, body, await this.tokens.instead(token), signal);
  }

  private async send(method: string, path: string, body: unknown, token: string | undefined, signal?: AbortSignal) {
    const form = body instanceof FormData;
    try {
      return await this.fetcher(new URL(path, this.url).href, {
        method,
        headers: {
          ...this.headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined || form ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unavailable(toChatError(error).message);
    }
  }
}
