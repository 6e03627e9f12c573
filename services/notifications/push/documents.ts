/** What pushing stores: the devices, and what is still to be sent to them. */
import { type Collection } from "../../../mixins/documents";
import { type Address, type PushNote } from "./provider";

export interface DeviceDoc extends Address {
  readonly _id: string;
  readonly user_id: number;
  /** The session that registered it: with it the device goes. */
  readonly session_id: string;
  readonly created_at: Date;
}

/** One note for one device. A newer one of the same topic takes the place of the one that waits. */
export interface PushJobDoc {
  readonly _id: string;
  readonly key: string;
  readonly device_id: string;
  readonly note: PushNote;
  /** The note's, to find it by; jobs of older versions have none. */
  readonly notification_id?: string;
  /** Whose name its title begins with. */
  readonly actor_id?: number | null;
  readonly actor_name?: string | null;
  /** Grows with every newer note, so that a note sent meanwhile does not count for it. */
  readonly version: number;
  readonly attempts: number;
  readonly due_at: Date;
}

export const pushCollections = {
  devices: {
    name: "push_devices",
    indexes: [{ fields: ["endpoint"], unique: true }, { fields: ["user_id"] }],
  } as Collection<DeviceDoc>,
  pushJobs: {
    name: "push_jobs",
    indexes: [
      { fields: ["key"], unique: true },
      { fields: ["device_id"] },
      { fields: ["due_at"] },
      { fields: ["notification_id"] },
    ],
  } as Collection<PushJobDoc>,
};
