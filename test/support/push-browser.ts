/** A browser's end of a Web Push subscription: has the keys, and reads what was encrypted for them. */
import { createECDH, type ECDH, randomBytes } from "node:crypto";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- has no types
const ece = require("http_ece");

export class PushBrowser {
  private readonly ecdh: ECDH = createECDH("prime256v1");
  private readonly secret = randomBytes(16);
  readonly keys = { p256dh: this.ecdh.generateKeys("base64url"), auth: this.secret.toString("base64url") };

  /** @throws where it was encrypted for another one */
  open(body: Buffer): any {
    const authSecret = this.secret.toString("base64url");
    return JSON.parse(ece.decrypt(body, { version: "aes128gcm", privateKey: this.ecdh, authSecret }).toString());
  }
}
