/** Who is signed in at this page: the pair of tokens, kept for this tab or for this device. */
import { signal } from "@preact/signals";
import { go, href } from "./router";
import { at, own } from "./site";
import { ChatError, type Tokens, type User } from "moleculer-chat-client";

interface Kept {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: User;
}

const KEY = own("chat.session");
/** Two windows of one browser are two people, unless somebody asked to stay signed in. */
const places = (): readonly Storage[] => [sessionStorage, localStorage];

function read(): Kept | undefined {
  for (const place of places()) {
    const text = place.getItem(KEY);
    if (text !== null) return JSON.parse(text) as Kept;
  }
  return undefined;
}

export const session = signal<Kept | undefined>(read());
export const stays = (): boolean => sessionStorage.getItem(KEY) === null && localStorage.getItem(KEY) !== null;

function keep(kept: Kept | undefined, onDevice = stays()): void {
  for (const place of places()) place.removeItem(KEY);
  if (kept) (onDevice ? localStorage : sessionStorage).setItem(KEY, JSON.stringify(kept));
  session.value = kept;
}

interface Answer<T> {
  readonly ok?: boolean;
  readonly data: T;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown };
}

/** A request in nobody's name. @throws ChatError */
export async function open<T>(path: string, body: object): Promise<T> {
  const response = await fetch(at(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  const answer = (await response?.json().catch(() => undefined)) as Answer<T> | undefined;
  if (answer?.ok) return answer.data;
  const { code, message, details } = answer?.error ?? { code: "UNAVAILABLE", message: "", details: undefined };
  throw new ChatError(code as "UNAVAILABLE", message, details);
}

const keptOf = ({ accessToken, refreshToken, user }: Tokens): Kept => ({ accessToken, refreshToken, user });

export async function signIn(fields: { email: string; password: string; code?: string }, onDevice: boolean) {
  keep(keptOf(await open<Tokens>("/auth/login", fields)), onDevice);
}

export interface Entrance {
  readonly registration: "open" | "invite" | "closed";
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

/** Who may make an account; where it can't be told the server says so at the attempt. */
export async function entrance(): Promise<Entrance> {
  const response = await fetch(at("/registration")).catch(() => undefined);
  const answer = (await response?.json().catch(() => undefined)) as Answer<Entrance> | undefined;
  return answer?.ok ? answer.data : { registration: "open", providers: [] };
}

interface Account {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly invite?: string;
}

export async function signUp(fields: Account, onDevice: boolean) {
  keep(keptOf(await open<Tokens>("/auth/register", fields)), onDevice);
  if (location.hash.startsWith("#invite=")) go(href.home, { replace: true }); // it is used up
}

/** After the way back from a provider; `code` is of the second factor. */
export async function finishSignIn(code: string | undefined): Promise<void> {
  keep(keptOf(await open<Tokens>("/oidc/session", code ? { code } : {})), stays());
  go(href.home, { replace: true });
}

/**
 * A guest's link is good once, and following it again would end what it began: so it is kept on this device, where
 * nobody else stays signed in, and who is a guest here already is in.
 */
export async function enterAsGuest(refreshToken: string): Promise<void> {
  if (!isGuest()) {
    const kept = keptOf(await open<Tokens>("/auth/refresh", { refreshToken }));
    const place = localStorage.getItem(KEY) === null ? localStorage : sessionStorage;
    place.setItem(KEY, JSON.stringify(kept));
    session.value = kept;
  }
  go(href.home, { replace: true });
}

interface Claims {
  readonly exp?: number;
  /** The one group that a guest is in. */
  readonly gst?: string;
}
function claimsOf(token: string): Claims {
  try {
    return JSON.parse(atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"))) as Claims;
  } catch {
    return {}; // none of ours
  }
}
/** One of the platform's, not of a group's. */
export const hasRole = (role: "admin" | "moderator"): boolean => session.value?.user.roles.includes(role) === true;

/** Guests have part in one group and nothing else. */
export const isGuest = (): boolean => claimsOf(session.value?.accessToken ?? "").gst !== undefined;

/** For the client: the token at hand first, another one when that is used up. */
export function tokenSource(): (why: { refused: boolean }) => Promise<string> {
  let given = false;
  return async ({ refused }) => {
    // Another tab of this device may have renewed it.
    const kept = stays() ? (read() ?? session.value) : session.value;
    if (!kept) throw new ChatError("AUTH_INVALID", "Signed out.", undefined);
    const fresh = kept.accessToken !== session.value?.accessToken;
    if ((!given || fresh) && !refused && !isOver(kept.accessToken)) {
      given = true;
      session.value = kept;
      return kept.accessToken;
    }
    given = true;
    const next = keptOf(await open<Tokens>("/auth/refresh", { refreshToken: kept.refreshToken }));
    keep(next);
    return next.accessToken;
  };
}

/** What is none of ours is over, too: another one is asked for. */
const isOver = (token: string): boolean => (claimsOf(token).exp ?? 0) * 1000 < Date.now() + 30_000;

/** One's own profile changed. */
export function learnMe(user: User): void {
  if (session.value) keep({ ...session.value, user });
}

export const forgetSession = (): void => keep(undefined);
