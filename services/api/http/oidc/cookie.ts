/** What of a sign-in the browser keeps between its steps: sealed, out of scripts' reach, and for minutes only. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { type Seal } from "../../../../platform/seal";

const NAME = "chat-oidc";

export class SealedCookie<T extends object> {
  constructor(private readonly seal: Seal) {}

  /** @param base where this system is: there alone it is sent back */
  set(res: ServerResponse, value: T, lifeMs: number, base: string): void {
    const sealed = this.seal.close(JSON.stringify({ value, until: Date.now() + lifeMs }));
    this.write(res, encodeURIComponent(sealed), Math.ceil(lifeMs / 1000), base);
  }

  clear(res: ServerResponse, base: string): void {
    this.write(res, "", 0, base);
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

  private write(res: ServerResponse, value: string, seconds: number, base: string): void {
    const { pathname, protocol } = new URL(base);
    const flags = `Path=${pathname}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${protocol === "https:" ? "; Secure" : ""}`;
    res.setHeader("Set-Cookie", `${NAME}=${value}; ${flags}`);
  }
}
