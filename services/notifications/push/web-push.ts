/** Web Push: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292). */
import { LRUCache } from "lru-cache";
import type * as webPush from "web-push";
import { type Env } from "../../../contracts/env";
import { atMost } from "../../../platform/caches";
import { post } from "../../../platform/outgoing";
import { type Address, KEEP, type Outcome, type PushNote, type PushProvider } from "./provider";

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return "sent";
  if (status === 404 || status === 410) return "gone";
  return status === 429 || status >= 500 ? "later" : "refused";
}

type Library = typeof webPush;
/** Node's own import knows few of its names, CommonJS's all; both have it whole as the default. */
const loaded = async (): Promise<Library> => ((await import("web-push")) as unknown as { default: Library }).default;

/** RFC 8292 lets a signature stand for a day: one is made for a push service, not for each push. */
const SIGNED_S = 12 * 3_600;
const RENEWED_MS = 6 * 3_600_000;
/** As many are kept: who registers a device names its service. */
const SERVICES = 1_000;

class WebPush implements PushProvider {
  private readonly signatures = new LRUCache<string, string>({ ...atMost(SERVICES), ttl: RENEWED_MS });

  constructor(
    private readonly vapid: { subject: string; publicKey: string; privateKey: string },
    private readonly allowInward: boolean,
  ) {}

  async send(address: Address, note: PushNote, signal: AbortSignal): Promise<Outcome> {
    const library = await loaded();
    let sealed: webPush.RequestDetails;
    try {
      sealed = this.seal(library, address, note);
    } catch {
      return "gone"; // its keys are no point of the curve: no browser made them
    }
    try {
      const { endpoint: url, headers, body } = sealed;
      const { allowInward } = this;
      return outcomeOf(await post({ url, headers, body: body ?? "", allowInward, signal }));
    } catch {
      return "later"; // no answer: the push service, or our way to it, is down
    }
  }

  private seal(
    library: Library,
    { endpoint, p256dh, auth }: Address,
    { topic, ...shown }: PushNote,
  ): webPush.RequestDetails {
    const payload = JSON.stringify({ ...shown, tag: topic });
    const headers = { Authorization: this.signatureFor(library, new URL(endpoint).origin) };
    const options = { headers, TTL: KEEP, topic, urgency: "high" as const };
    return library.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, options);
  }

  private signatureFor({ getVapidHeaders }: Library, origin: string): string {
    const known = this.signatures.get(origin);
    if (known !== undefined) return known;
    const { subject, publicKey, privateKey } = this.vapid;
    const until = Math.floor(Date.now() / 1000) + SIGNED_S;
    const { Authorization } = getVapidHeaders(origin, subject, publicKey, privateKey, "aes128gcm", until);
    this.signatures.set(origin, Authorization);
    return Authorization;
  }
}

/** None where the VAPID keys are not set: then nothing is pushed, and nothing is kept to be pushed. */
export function webPushOf(env: Env): PushProvider | undefined {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = env;
  if (!publicKey || !privateKey) return undefined;
  return new WebPush({ subject, publicKey, privateKey }, env.OUTGOING_PRIVATE === "on");
}
