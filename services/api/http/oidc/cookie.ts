/** What of a sign-in the browser keeps between its steps: sealed, out of scripts' reach, and for minutes only. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { type Seal } from "../../../../platform/seal";

const NAME = "chat-oidc";

export class SealedCookie<T extends object> {
  constructor(private readonly seal: Seal) {}

  set(res: ServerResponse, value: T, lifeMs: number, secure: boolean): void {
    const sealed = this.seal.close(JSON.stringify({ value, until: Date.now() + lifeMs }));
    this.write(res, encodeURIComponent(sealed), Math.ceil(lifeMs / 1000), secure);
  }

  clear(res: ServerResponse, secure: boolean): void {
    this.write(res, "", 0, secure);
  }

  /** Undefined where there is none, or one that is old or not of ours. */
  get({ headers }: IncomingMessage): T | undefined {
    const [, given] = new RegExp(`(?:^|;\\s*)${NAME}=([^;]*)`).exec(headers.cookie ?? "") ?? [];
    if (!given) return undefined;
    try {
      const { value, until } = JSON.parse(this.seal.open(decodeURIComponent(given))) as { value: T; until: number };
      return Date.now() < until ? value : undefined;
    } catch {
      return undefined;
    }
  }

  private write(res: ServerResponse, value: string, seconds: number, secure: boolean): void {
    const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`;
    res.setHeader("Set-Cookie", `${NAME}=${value}; ${flags}`);
  }
}
