/** An operator's way in: signs in over REST as an admin, so that it works against any running system, near or far. */

export interface Operator {
  ask<T>(method: string, path: string, body?: object): Promise<T>;
  /** Ends the session that was opened for this. */
  leave(): Promise<void>;
}

/** The same, and what it came in with. */
export interface SignedIn extends Operator {
  readonly token: string;
  /** By the password: where the token runs out, another one can be had. */
  readonly own: boolean;
}

interface Envelope<T> {
  readonly ok: boolean;
  readonly data: T;
  readonly error?: { readonly code: string; readonly message: string };
}

async function request<T>(url: string, method: string, body?: object, token?: string): Promise<T> {
  const res = await fetch(url, {
    method,
    headers: {
      ...(body ? { "content-type": "application/json" } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new Error(`No answer from ${new URL(url).origin}. Is it running? (--url, or CHAT_URL)`);
  });
  const answer = (await res.json()) as Envelope<T>;
  if (!answer.ok) throw new Error(`${answer.error?.code ?? res.status}: ${answer.error?.message ?? "refused"}`);
  return answer.data;
}

type Vars = Readonly<Record<string, string | undefined>>;

/** With CHAT_TOKEN where it is set, else as ADMIN_EMAIL with ADMIN_PASSWORD. */
export async function signIn(url: string, vars: Vars): Promise<SignedIn> {
  const base = url.replace(/\/$/, "");
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password, CHAT_TOKEN } = vars;
  if (!CHAT_TOKEN && !(email && password))
    throw new Error(
      "Set ADMIN_EMAIL and ADMIN_PASSWORD (as for the server), or CHAT_TOKEN to an admin's access token.",
    );
  const given = CHAT_TOKEN || undefined;
  const token =
    given ?? (await request<{ accessToken: string }>(`${base}/auth/login`, "POST", { email, password })).accessToken;
  return {
    token,
    own: given === undefined,
    ask: (method, path, body) => request(base + path, method, body, token),
    async leave() {
      // It may be over already: `revoke` of oneself ends it, too, and then there is nothing to leave.
      if (given === undefined) await request(`${base}/auth/logout`, "POST", undefined, token).catch(() => undefined);
    },
  };
}
