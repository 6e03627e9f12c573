/** Signed URLs: whoever holds one may read that one file, until it runs out. Pure. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { type Variant } from "../../contracts/uploads";

export interface Signed {
  readonly id: string;
  readonly variant?: Variant | undefined;
  /** Seconds since 1970. */
  readonly exp: number;
}

export class Signer {
  private readonly key: Buffer;

  constructor(secret: string) {
    // A key of its own: what signs links can sign no token, and the other way round.
    this.key = Buffer.from(hkdfSync("sha256", secret, "", "signed file urls", 32));
  }

  sign({ id, variant, exp }: Signed): string {
    return createHmac("sha256", this.key)
      .update(`${id}\n${variant ?? ""}\n${exp}`)
      .digest("base64url");
  }

  holds(signed: Signed, signature: string, now = Date.now()): boolean {
    const given = Buffer.from(signature);
    const expected = Buffer.from(this.sign(signed));
    return signed.exp * 1000 > now && given.length === expected.length && timingSafeEqual(given, expected);
  }
}
