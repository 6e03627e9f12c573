/** Looks through everything that clients of the tests are told for what they should not see; finding it fails the test. */
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { projectRoot } from "../../platform/root";

const TOKEN = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/;
const API_TOKEN = /\bapi-[\w-]{8,}\.[\w-]{8,}/;
/** What no client is ever told, whoever it is. */
const NEVER: readonly (readonly [string, RegExp])[] = [
  ["a password hash", /\$2[aby]\$\d\d\$|password_hash/],
  ["a stack trace", /\\n +at |\bat (?:[\w.<>]+ \()?(?:file:|node:|\/)|\.[cm]?[tj]s:\d+/],
  ["a library", /node_modules|SequelizeDatabaseError|MoleculerError|MongoServerError/],
];
const places = [projectRoot, `${tmpdir()}/`].map((place) => place.replace(/\/$/, "") + "/");

/** Tokens are told to who signs in, and to nobody else. */
const SIGNS_IN =
  /^(\/auth\/(register|login|refresh)|\/admin\/users\/\d+\/tokens|\/conversations\/[0-9a-f]{24}\/guests)$/;
const MAKES_API_TOKEN = /^\/auth\/tokens$/;

const digests = new Set<string>();
/** E-mail addresses of accounts that the tests have made, and whose they are. */
const owners = new Map<string, Set<string>>();

interface Reader {
  readonly userId: string | undefined;
  readonly admin: boolean;
}
/** Keys of servers, which read as admins do. */
export const serverKeys = new Set<string>();

function readerOf(token: string | undefined): Reader {
  if (token !== undefined && serverKeys.has(token)) return { userId: undefined, admin: true };
  const payload = token?.replace(/^bearer +/i, "").split(".")[1];
  try {
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString()) as { sub?: string; roles?: string[] };
    return { userId: claims.sub, admin: claims.roles?.includes("admin") ?? false };
  } catch {
    return { userId: undefined, admin: false }; // no token, or one that only pretends to be
  }
}

/** Who signs in may see the pair, and what of it must be seen nowhere else is remembered. */
function remember(text: string): void {
  const { data } = JSON.parse(text) as {
    data?: { user?: { user_id: number; email?: string | null }; accessToken?: string; refreshToken?: string };
  };
  for (const token of [data?.accessToken, data?.refreshToken])
    if (token) digests.add(createHash("sha256").update(token).digest("hex"));
  if (!data?.user?.email) return;
  const known = owners.get(data.user.email) ?? new Set();
  owners.set(data.user.email, known.add(String(data.user.user_id)));
}

function* addressesIn(text: string): Iterable<string> {
  if (text.includes("@")) for (const email of owners.keys()) if (text.includes(email)) yield email;
}

/** What of `text`, told to the holder of `token`, that one should not see. `path` of REST; none for a socket. */
export function leaksIn(token: string | undefined, text: string, path = ""): string[] {
  const found = NEVER.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
  if (places.some((place) => text.includes(place))) found.push("a path of ours");
  const route = path.split("?", 1)[0] ?? "";
  if (SIGNS_IN.test(route)) {
    remember(text);
    return found;
  }
  if (TOKEN.test(text)) found.push("a token");
  if (API_TOKEN.test(text) && !MAKES_API_TOKEN.test(route)) found.push("an API token");
  for (const digest of digests) if (text.includes(digest)) found.push("the digest of a token");
  const { userId, admin } = readerOf(token);
  const mayKnow = admin && /^(\/admin)?\/(users|invitations)/.test(route);
  for (const email of addressesIn(text))
    if (!mayKnow && !(userId !== undefined && owners.get(email)?.has(userId))) found.push("somebody's e-mail address");
  return found;
}

const leaks: string[] = [];

/** Every answer, ack and event of the tests' clients comes by here. */
export function watch(token: string | undefined, what: string, told: unknown, path?: string): void {
  const text = typeof told === "string" ? told : (JSON.stringify(told) ?? "");
  for (const leak of leaksIn(token, text, path)) leaks.push(`${leak} in ${what}: ${text.slice(0, 300)}`);
}
export const takeLeaks = (): string[] => leaks.splice(0);

/** In a test file that uses a client: a test during which something leaked has failed. */
export function holdSecrets(): void {
  afterEach(() => {
    const found = takeLeaks();
    if (found.length) throw new Error(`leaked:\n${found.slice(0, 10).join("\n")}`);
  });
}
