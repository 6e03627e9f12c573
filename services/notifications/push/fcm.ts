/** Firebase Cloud Messaging, HTTP v1: a short-lived token by the service account's key, then one request per device. */
import { sign } from "jsonwebtoken";
import { type Env, EnvError } from "../../../contracts/env";
import { exchange } from "../../../platform/outgoing";
import { jsonOf } from "./keys";
import { type Address, KEEP, type Outcome, partsOf, type PushNote, type PushProvider } from "./provider";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const HOUR_S = 3_600;
/** Asked for anew before it runs out. */
const EARLY_MS = 300_000;
const MOST_BYTES = 64_000;

interface ServiceAccount {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}

/** What FCM says of a device, in an answer that is no success. */
function reasonIn(body: Buffer): string | undefined {
  try {
    const { error } = JSON.parse(body.toString()) as { error?: { details?: { errorCode?: string }[] } };
    return error?.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode;
  } catch {
    return undefined;
  }
}

/** Only what FCM says of the device itself makes it gone: a wrong key of ours must not cost everybody's devices. */
function outcomeOf(status: number, body: Buffer): Outcome {
  if (status === 200) return "sent";
  const reason = reasonIn(body);
  if (reason === "UNREGISTERED" || reason === "SENDER_ID_MISMATCH") return "gone";
  return status === 400 ? "refused" : "later";
}

export class Fcm implements PushProvider {
  private token: { value: string; until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly account: ServiceAccount,
    /** Of Google, but for tests. */
    readonly destination: string,
  ) {}

  async send(address: Address, note: PushNote, signal: AbortSignal, badge: () => Promise<number>): Promise<Outcome> {
    try {
      const body = JSON.stringify({ message: messageOf(partsOf(address).token, note, await badge()) });
      const first = await this.request(body, signal);
      if (first.status !== 401) return outcomeOf(first.status, first.body);
      this.token = undefined; // it was taken back before its time
      const second = await this.request(body, signal);
      return outcomeOf(second.status, second.body);
    } catch {
      return "later"; // no answer, or no token: Google, or our way to it, is down
    }
  }

  private async request(body: string, signal: AbortSignal): Promise<{ status: number; body: Buffer }> {
    const url = `${this.destination}/v1/projects/${this.account.project_id}/messages:send`;
    const authorization = `Bearer ${await this.accessToken(signal)}`;
    const headers = { authorization, "content-type": "application/json" };
    return exchange({ url, headers, body, allowInward: true, signal }, MOST_BYTES);
  }

  /** One for all who need it at a time. */
  private accessToken(signal: AbortSignal): Promise<string> {
    if (this.token && Date.now() < this.token.until) return Promise.resolve(this.token.value);
    return (this.asking ??= this.newToken(signal).finally(() => (this.asking = undefined)));
  }

  private async newToken(signal: AbortSignal): Promise<string> {
    const { client_email, private_key, token_uri: url } = this.account;
    const claims = { iss: client_email, scope: SCOPE, aud: url };
    const assertion = sign(claims, private_key, { algorithm: "RS256", expiresIn: HOUR_S });
    const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await exchange({ url, headers, body, allowInward: true, signal }, MOST_BYTES);
    if (answer.status !== 200) throw new Error(`no token: ${answer.status}`);
    const { access_token, expires_in } = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    if (typeof access_token !== "string" || typeof expires_in !== "number") throw new Error("no token in the answer");
    this.token = { value: access_token, until: Date.now() + expires_in * 1000 - EARLY_MS };
    return access_token;
  }
}

function messageOf(token: string, { topic, title, content, ...about }: PushNote, badge: number): object {
  const { type, notificationId, relatedId } = about;
  return {
    token,
    notification: { title, body: content },
    data: { type, notificationId, relatedId: relatedId ?? "" },
    android: {
      collapse_key: topic,
      priority: "HIGH",
      ttl: `${KEEP}s`,
      notification: { tag: topic, notification_count: badge },
    },
    apns: { headers: { "apns-collapse-id": topic }, payload: { aps: { badge, sound: "default", "thread-id": topic } } },
  };
}

const wanted = ["project_id", "client_email", "private_key", "token_uri"] as const;

export function fcmOf({ FCM_SERVICE_ACCOUNT: given, FCM_URL: url }: Env): PushProvider | undefined {
  if (given === undefined) return undefined;
  const account = jsonOf("FCM_SERVICE_ACCOUNT", given) as Partial<ServiceAccount>;
  for (const name of wanted)
    if (typeof account[name] !== "string") throw new EnvError("FCM_SERVICE_ACCOUNT", `it has no ${name}`);
  return new Fcm(account as ServiceAccount, url);
}
