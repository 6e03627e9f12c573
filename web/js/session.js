/** Who is signed in, and requests in their name. One session per tab, so that two windows can be two people. */

const KEY = "session";
let session = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
let renewing;
const listeners = new Set();

export const me = () => session?.user;
export const accessToken = () => session?.accessToken;
/** `fn(session | null)` on sign-in, renewal and sign-out. */
export const onSession = (fn) => listeners.add(fn);

function keep(next) {
  session = next;
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
  for (const fn of listeners) fn(next);
}

/** What the server refused, with its code. */
export class Refused extends Error {
  constructor(error, status) {
    super(error.message);
    this.code = error.code;
    this.details = error.details;
    this.status = status;
  }
}

async function send(method, path, body) {
  const form = body instanceof FormData;
  const response = await fetch(path, {
    method,
    headers: {
      ...(session ? { authorization: `Bearer ${session.accessToken}` } : {}),
      ...(body && !form ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: form ? body : JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  if (!answer.ok) throw new Refused(answer.error, response.status);
  return answer.data;
}

const expiring = (error) => error instanceof Refused && error.code.startsWith("AUTH_") && session !== null;

/** A REST call; an access token that has run out is renewed once on the way. */
export async function rest(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    if (!expiring(error)) throw error;
    await renew();
    return send(method, path, body);
  }
}

/** The bytes of a file, which only its conversation's members may read. */
export async function fetchFile(url, options = {}) {
  const get = () => fetch(url, { ...options, headers: { authorization: `Bearer ${session?.accessToken}` } });
  let response = await get();
  if (response.status === 401 && session) {
    await renew();
    response = await get();
  }
  if (!response.ok) throw new Error(`The file could not be opened (${response.status}).`);
  return response;
}

const started = ({ user, accessToken: token, refreshToken, expiresIn }) => ({
  user,
  accessToken: token,
  refreshToken,
  expiresAt: Date.now() + expiresIn * 1000,
});

export const signUp = async (form) => keep(started(await send("POST", "/auth/register", form)));
export const signIn = async (form) => keep(started(await send("POST", "/auth/login", form)));

/** Rotates the tokens; callers that come together share one rotation, for the old refresh token dies with it. */
export function renew() {
  renewing ??= send("POST", "/auth/refresh", { refreshToken: session?.refreshToken })
    .then((tokens) => keep({ ...started(tokens), user: tokens.user ?? session.user }))
    .catch((error) => {
      if (error instanceof Refused && error.status < 500 && error.code !== "RATE_LIMITED") keep(null);
      throw error;
    })
    .finally(() => (renewing = undefined));
  return renewing;
}

/** A token that will last for a while; the old one where it can't be renewed, and the server will say so. */
export async function freshToken() {
  if (session && session.expiresAt - Date.now() < 10_000)
    await renew().catch((error) => console.warn("The session was not renewed:", error.message));
  return session?.accessToken;
}

export async function signOut() {
  try {
    await send("POST", "/auth/logout");
  } finally {
    keep(null);
  }
}

/** Renews a minute before the token runs out, for as long as the page lives. */
export function keepFresh() {
  setInterval(() => {
    if (session && session.expiresAt - Date.now() < 60_000)
      renew().catch((error) => console.warn("The session was not renewed:", error.message));
  }, 15_000);
}
