/** Web Push: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292). */
import type * as webPush from "web-push";
import { type Env } from "../../../contracts/env";
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

class WebPush implements PushProvider {
  constructor(
    private readonly vapidDetails: { subject: string; publicKey: string; privateKey: string },
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
    const { vapidDetails } = this;
    const options = { vapidDetails, TTL: KEEP, topic, urgency: "high" as const };
    return library.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, options);
  }
}

/** None where the VAPID keys are not set: then nothing is pushed, and nothing is kept to be pushed. */
export function webPushOf(env: Env): PushProvider | undefined {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = env;
  if (!publicKey || !privateKey) return undefined;
  return new WebPush({ subject, publicKey, privateKey }, env.OUTGOING_PRIVATE === "on");
}
