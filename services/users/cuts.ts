/** Tells every node which sessions to cut; what a node misses it learns from `users.revocations`. */
import { publish } from "../../mixins/bus";
import { type House } from "./house";

export interface Cut {
  readonly userId: number;
  /** Only this one; all of the user's where left out. */
  readonly sessionId?: string;
  /** All but this one. */
  readonly except?: string;
  readonly at: Date;
}

/** Only after the transaction that wrote it: what is not stored is never told. */
export const announceCut = ({ broker }: House, { at, ...who }: Cut): Promise<void> =>
  publish(broker, "users.revoked", { ...who, at: at.toISOString() });
