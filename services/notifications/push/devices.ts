/** The devices that users want pushes on. */
import { type Caller } from "../../../contracts/caller";
import { type Payload } from "../../../contracts/events";
import { checkOutwardUrl } from "../../../platform/outgoing";
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type DeviceDoc } from "./documents";
import { type Address, partsOf } from "./provider";

/** Of one user; the oldest goes. */
const MOST = 20;

export class Devices {
  constructor(
    private readonly store: () => Documents<DeviceDoc>,
    private readonly allowInward: boolean,
  ) {}

  /** A browser or phone that another user has signed in on is theirs from now on. */
  async add({ userId, sessionId }: Caller, address: Address): Promise<void> {
    if (partsOf(address).service === "web") await checkOutwardUrl(address.endpoint, "endpoint", this.allowInward);
    const now = { ...address, user_id: userId, session_id: sessionId, created_at: new Date() };
    const known = await this.store().updateOne({ endpoint: address.endpoint }, { $set: now });
    if (!known) await this.insert({ _id: newId(), ...now });
    const own = await this.store().find({ user_id: userId }, { sort: [["created_at", -1]], skip: MOST });
    if (own.length) await this.store().remove({ _id: { $in: own.map((d) => d._id) } });
  }

  async remove({ userId }: Caller, endpoint: string): Promise<void> {
    await this.store().remove({ endpoint, user_id: userId });
  }

  /** A session that ended takes its devices with it. */
  async revoke({ userId, sessionId, except }: Payload<"users.revoked">): Promise<void> {
    await this.store().remove({
      user_id: userId,
      ...(sessionId === undefined ? {} : { session_id: sessionId }),
      ...(except === undefined ? {} : { session_id: { $ne: except } }),
    });
  }

  of(userIds: readonly number[]): Promise<DeviceDoc[]> {
    return this.store().find({ user_id: { $in: userIds } });
  }

  private async insert(doc: DeviceDoc): Promise<void> {
    try {
      await this.store().insert([doc]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error; // the same browser, twice at once: one of them is enough
    }
  }
}
