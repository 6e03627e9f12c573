/** One provider as its client: an authorization code with PKCE, state and nonce, every answer bounded in size and time. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Configuration, type CustomFetch } from "openid-client";
import { fail } from "../../../../contracts/errors";
import { type Provider } from "../../../../platform/issuers/providers";
import { bytesOf } from "../../../../platform/outgoing";
import { Slots } from "../../../../platform/slots";

/** Most starts have no provider. */
const library = () => import("openid-client");

const REQUEST_S = 5;
const ALL_MS = 10_000;
const MOST_BYTES = 262_144;
/** A provider's addresses are looked up anew after this. */
const FRESH_MS = 3_600_000;
/** One that hangs holds up its own people alone, and no more than so many of them. */
const AT_ONCE = 10;
const MAY_WAIT = 100;

/** What has to come back with the browser. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}
/** What the provider says of who has signed in. */
export interface Signed {
  readonly issuer: string;
  readonly subject: string;
  readonly names: string[];
  readonly email?: string;
  readonly avatar?: string;
}
type Claims = Readonly<Record<string, unknown>>;

/** Never followed elsewhere, and never more than it may be. */
const boundedFetch: CustomFetch = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: "manual" } as RequestInit);
  const body = response.body && (await bytesOf(response.body, MOST_BYTES));
  // An answer without a body, such as 204, may have none of no bytes either.
  return new Response((body?.length ? body : null) as ConstructorParameters<typeof Response>[0], {
    status: response.status,
    headers: response.headers,
  });
};

const texts = (...values: readonly unknown[]): string[] =>
  values.filter((value): value is string => typeof value === "string" && value !== "");

function signedOf(issuer: string, claims: Claims): Signed {
  const [subject] = texts(claims.sub);
  if (subject === undefined) throw new Error("no subject");
  const [email] = claims.email_verified === true ? texts(claims.email) : [];
  const [avatar] = texts(claims.picture);
  return {
    issuer,
    subject,
    names: texts(claims.name, claims.preferred_username, claims.nickname).map((name) => name.slice(0, 200)),
    ...(email === undefined ? {} : { email }),
    ...(avatar === undefined ? {} : { avatar }),
  };
}

export class Client {
  private known: Promise<Configuration> | undefined;
  private since = 0;
  private readonly slots = new Slots(AT_ONCE, MAY_WAIT, ALL_MS);

  constructor(readonly provider: Provider) {}

  /** Where to send the browser, and what it must bring back. @throws UNAVAILABLE */
  begin(redirectUri: string): Promise<{ url: string; flow: Flow }> {
    return this.inTime(async () => {
      const oidc = await library();
      const flow = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(await this.configuration(), {
        redirect_uri: redirectUri,
        scope: this.provider.scope,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, flow };
    });
  }

  /** @throws UNAVAILABLE, or whatever the library finds wrong with the answer */
  finish(cameBack: URL, { state, nonce, verifier }: Flow): Promise<Signed> {
    return this.inTime(async () => {
      const oidc = await library();
      const config = await this.configuration();
      const tokens = await oidc.authorizationCodeGrant(config, cameBack, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims: Claims = { ...tokens.claims() };
      const asks = config.serverMetadata().userinfo_endpoint !== undefined && claims.email === undefined;
      const more: Claims = asks ? await oidc.fetchUserInfo(config, tokens.access_token, String(claims.sub)) : {};
      return signedOf(this.provider.issuer, { ...more, ...claims });
    });
  }

  private async inTime<T>(work: () => Promise<T>): Promise<T> {
    return this.slots.run(() =>
      Promise.race([
        work(),
        sleep(ALL_MS, undefined, { ref: false }).then(() => {
          throw fail("UNAVAILABLE", "The provider does not answer in time.");
        }),
      ]),
    );
  }

  private configuration(): Promise<Configuration> {
    if (this.known && Date.now() - this.since < FRESH_MS) return this.known;
    this.since = Date.now();
    const known = this.discover();
    this.known = known;
    known.catch(() => this.known === known && (this.known = undefined)); // the next one asks again
    return known;
  }

  private async discover(): Promise<Configuration> {
    const oidc = await library();
    const { issuer, clientId, clientSecret, private: insecure } = this.provider;
    const authentication = clientSecret === undefined ? oidc.None() : undefined;
    return oidc.discovery(new URL(issuer), clientId, clientSecret, authentication, {
      timeout: REQUEST_S,
      [oidc.customFetch]: boundedFetch,
      execute: [oidc.enableNonRepudiationChecks, ...(insecure ? [oidc.allowInsecureRequests] : [])],
    });
  }
}
