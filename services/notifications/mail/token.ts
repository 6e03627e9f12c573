/** What stands in the links by which a mail is the last one: it names an account, does this one thing, and never runs out. Pure. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

export class Unsubscribing {
  private readonly key: Buffer;

  constructor(secret: string) {
    // A key of its own: what ends mails opens nothing.
    this.key = Buffer.from(hkdfSync("sha256", secret, "", "no more mails", 32));
  }

  tokenFor(userId: number): string {
    const signature = createHmac("sha256", this.key).update(String(userId)).digest("base64url");
    return `${userId}.${signature}`;
  }

  /** Whose it is; undefined where it is none of ours. */
  userOf(token: string): number | undefined {
    const userId = Number(/^([1-9]\d{0,9})\./.exec(token)?.[1]);
    if (!userId) return undefined;
    const [given, expected] = [Buffer.from(token), Buffer.from(this.tokenFor(userId))];
    return given.length === expected.length && timingSafeEqual(given, expected) ? userId : undefined;
  }
}
