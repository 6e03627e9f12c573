/** An identity provider of a test: signs tokens, and serves its keys well or badly. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
/** A request that is answered, or not. */
type Behaviour = (res: ServerResponse) => void;

export const ISSUER = "https://id.example";
export const AUDIENCE = "chat";

export class Provider {
  readonly pairs = new Map<string, Pair & { alg: string }>();
  /** How often it was asked for its keys. */
  asked = 0;
  behaves: Behaviour = (res) => void this.jwks().then((set) => res.end(JSON.stringify(set)));

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(issuer = ISSUER): Promise<Provider> {
    const server = createServer((_req, res) => {
      provider.asked += 1;
      provider.behaves(res);
    });
    const provider = new Provider(server, issuer);
    await once(server.listen(0, "127.0.0.1"), "listening");
    await provider.addKey("rs", "RS256");
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  /** What goes into TRUSTED_ISSUERS. */
  entry(more: object = {}): object {
    return { issuer: this.issuer, audience: AUDIENCE, jwks: this.url, private: true, ...more };
  }

  async addKey(kid: string, alg: string): Promise<void> {
    this.pairs.set(kid, { alg, ...(await generateKeyPair(alg, { extractable: true })) });
  }

  async publicKey(kid: string): Promise<JWK> {
    const { publicKey, alg } = this.pair(kid);
    return { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  }

  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: await Promise.all([...this.pairs.keys()].map((kid) => this.publicKey(kid))) };
  }

  /** Good for five minutes, where `claims` says nothing else. */
  token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, kid = "rs"): Promise<string> {
    const { privateKey, alg } = this.pair(kid);
    const now = Math.floor(Date.now() / 1000);
    const payload: JWTPayload = { iss: this.issuer, aud: AUDIENCE, sub: "u1", iat: now, exp: now + 300, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pair(kid: string): Pair & { alg: string } {
    const pair = this.pairs.get(kid);
    if (!pair) throw new Error(`no key ${kid}`);
    return pair;
  }
}
