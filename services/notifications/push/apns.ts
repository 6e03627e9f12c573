/** Apple's push service: one HTTP/2 connection for all devices, a token signed by the team's key for an hour. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { sign } from "jsonwebtoken";
import { type Env, EnvError } from "../../../contracts/env";
import { textOf } from "./keys";
import { type Address, KEEP, type Outcome, partsOf, type PushNote, type PushProvider } from "./provider";

const DEADLINE = 10_000;
/** Apple takes one that is at most an hour old, and not another within twenty minutes. */
const TOKEN_MS = 50 * 60_000;
/** A connection that nobody has used for so long is closed. */
const IDLE_MS = 10 * 60_000;
const MOST_BYTES = 16_000;

export interface ApnsKey {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly teamId: string;
  /** The app's bundle id. */
  readonly topic: string;
}

const ofDevice: ReadonlySet<string> = new Set([
  "BadDeviceToken",
  "DeviceTokenNotForTopic",
  "Unregistered",
  "ExpiredToken",
]);

/** Only what Apple says of the device itself makes it gone: a wrong key of ours must not cost everybody's devices. */
function outcomeOf(status: number, reason: string): Outcome {
  if (status === 200) return "sent";
  if (ofDevice.has(reason)) return "gone";
  return status === 429 || status >= 500 || status === 403 ? "later" : "refused";
}

function reasonIn(body: string): string {
  try {
    return String((JSON.parse(body) as { reason?: unknown }).reason);
  } catch {
    return "";
  }
}

export class Apns implements PushProvider {
  private session: ClientHttp2Session | undefined;
  private token: { value: string; at: number } | undefined;

  constructor(
    private readonly key: ApnsKey,
    /** Apple's, of production or of the sandbox; another one in tests. */
    readonly destination: string,
  ) {}

  async send(address: Address, note: PushNote, signal: AbortSignal, badge: () => Promise<number>): Promise<Outcome> {
    try {
      const body = JSON.stringify(payloadOf(note, await badge()));
      const { token } = partsOf(address);
      const first = await this.request(token, note.topic, body, signal);
      if (first.reason !== "ExpiredProviderToken") return outcomeOf(first.status, first.reason);
      this.token = undefined; // their clock and ours differ
      const second = await this.request(token, note.topic, body, signal);
      return outcomeOf(second.status, second.reason);
    } catch {
      return "later"; // no answer: Apple, or our way to it, is down
    }
  }

  stop(): void {
    this.session?.destroy();
  }

  private request(device: string, topic: string, body: string, signal: AbortSignal) {
    const headers = {
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: `/3/device/${device}`,
      authorization: `bearer ${this.providerToken()}`,
      "apns-topic": this.key.topic,
      "apns-push-type": "alert",
      "apns-priority": "10",
      "apns-expiration": String(Math.floor(Date.now() / 1000) + KEEP),
      "apns-collapse-id": topic.slice(0, 64),
    };
    return new Promise<{ status: number; reason: string }>((resolve, reject) => {
      const stream = this.connected().request(headers, { signal });
      let [status, said] = [0, ""];
      stream.setEncoding("utf8");
      stream.once("response", (answer) => (status = Number(answer[constants.HTTP2_HEADER_STATUS])));
      stream.on("data", (chunk: string) => (said.length < MOST_BYTES ? (said += chunk) : stream.destroy()));
      stream.once("error", reject);
      stream.once("close", () =>
        status ? resolve({ status, reason: reasonIn(said) }) : reject(new Error("no answer")),
      );
      // However lively it drips.
      const late = setTimeout(() => stream.destroy(new Error("no answer in time")), DEADLINE);
      stream.once("close", () => clearTimeout(late));
      stream.end(body);
    });
  }

  private connected(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect(this.destination);
    const forget = (): void => {
      if (this.session === session) this.session = undefined;
    };
    session.on("error", forget); // each request on it hears of it by itself
    session.on("goaway", () => {
      forget();
      session.close();
    });
    session.on("close", forget);
    session.setTimeout(IDLE_MS, () => session.close());
    session.unref();
    return (this.session = session);
  }

  private providerToken(): string {
    const now = Date.now();
    if (this.token && now - this.token.at < TOKEN_MS) return this.token.value;
    const { key, keyId: keyid, teamId: issuer } = this.key;
    const value = sign({ iat: Math.floor(now / 1000) }, key, { algorithm: "ES256", keyid, issuer });
    this.token = { value, at: now };
    return value;
  }
}

function payloadOf({ topic, title, content, ...about }: PushNote, badge: number): object {
  const aps = { alert: { title, body: content }, badge, sound: "default", "thread-id": topic };
  return { aps, ...about };
}

export function apnsOf(env: Env): PushProvider | undefined {
  const { APNS_KEY: given, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic, APNS_URL: url } = env;
  if (given === undefined) return undefined;
  for (const [name, value] of Object.entries({ APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic }))
    if (value === undefined) throw new EnvError(name, "expected beside APNS_KEY");
  try {
    const key = createPrivateKey(textOf("APNS_KEY", given, "-----BEGIN"));
    return new Apns({ key, keyId: keyId ?? "", teamId: teamId ?? "", topic: topic ?? "" }, url);
  } catch (error) {
    if (error instanceof EnvError) throw error;
    throw new EnvError("APNS_KEY", "expected the .p8 key that Apple gave out");
  }
}
