/** Requests over REST, in the name of whoever is signed in. */
import { addressOf } from "./address";
import { fromWire, toChatError, unavailable } from "./error";
import { type Routes } from "./protocol";

/** Where the tokens of the requests come from. */
export interface RestTokens {
  get(): Promise<string>;
  instead(refused: string | undefined): Promise<string>;
}

/** What a route takes: in its path, its query or its body. */
export type RouteParams<R extends keyof Routes> = Routes[R]["params"];
/** What a route answers. */
export type RouteResult<R extends keyof Routes> = Routes[R]["result"];
type Arguments<P> =
  Record<string, never> extends P ? [params?: P, signal?: AbortSignal] : [params: P, signal?: AbortSignal];

/** The server's REST side: `call` for its routes by name, typed; `ask` and `open` for any path. */
export class Rest {
  /** @internal */
  constructor(
    readonly url: string,
    private readonly tokens: RestTokens | undefined,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /**
   * A route with what it takes, as `call("DELETE /auth/sessions/:id", { id })`; gives the answer's `data`.
   * @throws AnyChatError
   */
  call<R extends keyof Routes>(route: R, ...[params, signal]: Arguments<RouteParams<R>>): Promise<RouteResult<R>> {
    const [method = "", pattern = ""] = route.split(" ");
    const left: Record<string, unknown> = { ...params };
    const path = pattern.replace(/:(\w+)/g, (_, name: string) => {
      const value = encodeURIComponent(String(left[name]));
      delete left[name];
      return value;
    });
    if (method === "GET") return this.ask(method, path + queryOf(left), undefined, signal);
    return this.ask(method, path, Object.keys(left).length > 0 ? left : undefined, signal);
  }

  /**
   * Any path; gives the answer's `data`. A token that has run out is renewed once on the way.
   * @throws AnyChatError
   */
  async ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.open(method, path, body, signal);
    const answer = (await response.json().catch(() => undefined)) as { ok?: unknown; data?: unknown; error?: unknown };
    if (answer?.ok === true) return answer.data as T;
    throw answer ? fromWire(answer.error) : unavailable(`The answer (${response.status}) is none of the server's.`);
  }

  /** The response as it is, for bytes. @throws AnyChatError where there is none */
  async open(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const token = await this.tokens?.get();
    const response = await this.send(method, path, body, token, signal);
    if (response.status !== 401 || !this.tokens) return response;
    return this.send(method, path, body, await this.tokens.instead(token), signal);
  }

  private async send(method: string, path: string, body: unknown, token: string | undefined, signal?: AbortSignal) {
    const form = body instanceof FormData;
    try {
      return await this.fetcher(addressOf(this.url, path), {
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

/** What is left out is not asked for; lists repeat their name. */
function queryOf(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null)
        query.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
  const text = query.toString();
  return text && `?${text}`;
}
