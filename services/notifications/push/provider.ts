/** What a push service has to be able to do; Web Push is one, FCM, APNs or e-mail would be others. */

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
  readonly endpoint: string;
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
  /** @param signal ends it at once: the node stops */
  send(address: Address, note: PushNote, signal: AbortSignal): Promise<Outcome>;
}
