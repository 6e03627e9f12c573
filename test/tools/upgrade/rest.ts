/** REST as anybody could speak it, with no client of any version between. */

export interface Signed {
  readonly user: { readonly user_id: number };
  readonly accessToken: string;
  readonly refreshToken: string;
}
interface Answer<T> {
  readonly ok: boolean;
  readonly data: T;
  readonly error?: { readonly code: string; readonly message: string };
}

/** @throws Error with the code */
export async function rest<T>(url: string, token: string | undefined, route: string, body?: unknown): Promise<T> {
  const [method = "", path = ""] = route.split(" ");
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = (await response.json()) as Answer<T>;
  if (!answer.ok) throw new Error(`${route}: ${answer.error?.code ?? response.status} ${answer.error?.message ?? ""}`);
  return answer.data;
}

export const signIn = (url: string, email: string, password: string): Promise<Signed> =>
  rest(url, undefined, "POST /auth/login", { email, password });
