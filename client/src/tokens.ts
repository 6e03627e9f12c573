/** The access token: fetched once for all who ask at the same time, in all tabs, and renewed before it runs out. */
import { type Clock } from "./clock";
import { type Channel } from "./channel";

/**
 * Gives an access token. It is asked again when the last one is about to run out or was refused, and must then give
 * another one; a rejection is tried again later, unless it is a ChatError with code AUTH_INVALID: then one is signed out.
 */
export type TokenSource = (why: { refused: boolean }) => string | Promise<string>;

interface Known {
  readonly token: string;
  /** Another issuer's subjects are other people. */
  readonly whose: string | undefined;
  /** By this device's clock; undefined: no end is known. */
  readonly expiresAt: number | undefined;
  readonly lifetime: number;
}

/** Renewed when a fifth of its life is left, and a minute at most. */
const margin = (lifetime: number): number => Math.min(60_000, lifetime / 5);

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly sid?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** What a JWT says; undefined for a token of another kind. */
function claimsOf(token: string): Claims | undefined {
  const part = token.split(".")[1];
  if (part === undefined) return undefined;
  try {
    const text = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
    return JSON.parse(text) as Claims;
  } catch {
    return undefined; // not a JWT: the server will say when it is over
  }
}

const whoseOf = ({ iss, sub }: Claims): string | undefined =>
  sub === undefined ? undefined : JSON.stringify([iss, sub]);

/** What tells the sessions of all accounts apart; a token that says nothing of itself is a session by itself. */
export function sessionOf(bearer: string): string {
  const token = bearer.replace(/^Bearer\s+/i, "");
  const { iss, sub, sid } = claimsOf(token) ?? {};
  return sub === undefined ? token : JSON.stringify([iss, sub, sid]);
}

/** Issued at one moment by the server's clock and got a moment later by ours: where the two can't both be right, ours is wrong. */
function expiryOf({ iat, exp }: Claims, now: number): Pick<Known, "expiresAt" | "lifetime"> {
  if (typeof exp !== "number") return { expiresAt: undefined, lifetime: Infinity };
  const [issued, expires] = [typeof iat === "number" ? iat * 1000 : now, exp * 1000];
  const lifetime = Math.max(0, expires - issued);
  const ours = issued > now || expires <= now; // from the future, or over as it came
  return { expiresAt: ours ? now + lifetime : expires, lifetime };
}

export class Tokens {
  private known: Known | undefined;
  private refreshing: Promise<string> | undefined;
  private timer: (() => void) | undefined;
  private ended = false;

  constructor(
    private readonly source: TokenSource,
    private readonly clock: Clock,
    private readonly channel: Channel,
    /** Told of every new token, also those of other tabs. */
    private readonly renewed: (token: string) => void,
  ) {
    channel.on("token", (token) => typeof token === "string" && this.fromOtherTab(token));
  }

  /** One that will last for a while. */
  async get(): Promise<string> {
    const { known } = this;
    if (known && (known.expiresAt === undefined || known.expiresAt - this.clock.now() > margin(known.lifetime) / 2))
      return known.token;
    return this.refresh();
  }

  /** Another one than this, which the server has refused. */
  async instead(refused: string | undefined): Promise<string> {
    if (this.known && refused !== undefined && this.known.token !== refused) return this.known.token;
    return this.refresh(true);
  }

  /** The one in use. */
  get current(): string | undefined {
    return this.known?.token;
  }

  stop(): void {
    this.ended = true;
    this.timer?.();
  }

  start(): void {
    this.ended = false;
    if (this.known) this.watch(this.known);
  }

  forget(): void {
    this.stop();
    this.known = undefined;
  }

  private refresh(refused = false): Promise<string> {
    const before = this.known?.token;
    this.refreshing ??= this.channel
      .alone("token", async () => {
        // While this tab waited for its turn another one may have got it.
        if (this.known && this.known.token !== before) return this.known.token;
        const token = (await this.source({ refused })).replace(/^Bearer\s+/i, "");
        if (token !== before) this.channel.tell("token", token);
        this.keep(token);
        return token;
      })
      .finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private keep(token: string): void {
    const changed = token !== this.known?.token;
    const claims = claimsOf(token) ?? {};
    this.known = { token, whose: whoseOf(claims), ...expiryOf(claims, this.clock.now()) };
    this.watch(this.known);
    if (changed) this.renewed(token);
  }

  private fromOtherTab(token: string): void {
    if (this.ended || (this.known && this.known.whose !== whoseOf(claimsOf(token) ?? {}))) return; // somebody else's
    this.keep(token);
  }

  private watch({ expiresAt, lifetime }: Known): void {
    this.timer?.();
    if (expiresAt === undefined || this.ended) return;
    // Tabs wake one after the other: the first one renews for all.
    const early = margin(lifetime) * (1 + this.clock.random() / 10);
    const wait = Math.max(5_000, expiresAt - early - this.clock.now());
    this.timer = this.clock.after(wait, () => {
      // A failure here interrupts nothing: whoever needs a token asks again.
      this.refresh().catch(() => this.known && this.watch(this.known));
    });
  }
}
