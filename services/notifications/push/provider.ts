/** What a push service has to be able to do: Web Push for browsers, FCM and APNs for apps. */

export interface PushNote {
  /** The same for all that replaces one another on a phone: one line per conversation. */
  readonly topic: string;
  readonly title: string;
  readonly content: string;
  readonly type: string;
  readonly notificationId: string;
  readonly relatedId: string | null;
}

export interface Address {
  /** The URL of a browser's push service; of an app `fcm:<token>` or `apns:<token>`. */
  readonly endpoint: string;
  /** Of a browser alone. */
  readonly p256dh: string;
  readonly auth: string;
}

/**
 * - `gone`: the device will never take one again.
 * - `later`: it may the next time.
 * - `refused`: this note it will not take.
 */
export type Outcome = "sent" | "gone" | "later" | "refused";

export interface PushProvider {
  /** Where all of its requests go; the origin of the endpoint where it has no one place. */
  readonly destination?: string;
  /** @param signal ends it at once: the node stops; `badge` is how much its user has not read */
  send(address: Address, note: PushNote, signal: AbortSignal, badge: () => Promise<number>): Promise<Outcome>;
  stop?(): void;
}

export const appServices = ["fcm", "apns"] as const;
export type AppService = (typeof appServices)[number];
export type Providers = Readonly<Partial<Record<AppService | "web", PushProvider>>>;

export const endpointOf = (service: AppService, token: string): string => `${service}:${token}`;

/** Whose device this is, and its token there. */
export function partsOf({ endpoint }: Pick<Address, "endpoint">): { service: AppService | "web"; token: string } {
  const service = appServices.find((one) => endpoint.startsWith(`${one}:`));
  return service ? { service, token: endpoint.slice(service.length + 1) } : { service: "web", token: endpoint };
}

/** Seconds that a push service keeps a note for a device that is off. */
export const KEEP = 86_400;
