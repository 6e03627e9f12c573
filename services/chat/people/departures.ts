/** What becomes of the places of an account that was deleted or banned: groups are led by active accounts alone. */
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { codeOf, type ErrorCode } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { type CommandBody } from "../conversation/commands";
import { type Stores } from "../host/stores";
import { type Names } from "./names";

/** Somebody else has done it, or there is nothing to do it to any more. */
const DONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["NOTFOUND", "FORBIDDEN", "CONFLICT"]);
/** Whoever becomes admin may be banned in the same moment. */
const HEIRS = 5;

export async function unlessDone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!DONE.has(codeOf(error))) throw error;
  });
}

export class Departures {
  constructor(
    private readonly broker: ServiceBroker,
    private readonly stores: Stores,
    private readonly names: Names,
  ) {}

  /**
   * As the account is now: a deleted one leaves its groups, and counts no more in its private conversations; its messages
   * stay, under the name of a deleted user. The groups that a banned one leads pass to another member. Done again it comes
   * to the same.
   * @throws what the last of those conversations failed with where it is still to be done
   */
  async of(userId: number): Promise<void> {
    const status = (await this.names.anew([userId])).get(userId)?.status;
    if (status === "active") return;
    const deleted = status !== "banned" && status !== "deactivated";
    const led = deleted ? {} : { admin_id: userId };
    const filter = { participants: userId, deleted_at: null, ...led };
    const conversations = await this.stores.conversations.find(filter, { fields: ["type", "participants"] });
    let failure: unknown;
    for (const { _id, type, participants } of conversations)
      try {
        if (!deleted) await this.passOn(_id);
        else if (type === "private") await this.tell(userId, _id, { kind: "accountGone" });
        else {
          await this.tell(userId, _id, {
            kind: "removeMember",
            userId,
            inactive: await this.names.inactive(participants),
          });
          await this.passOn(_id);
        }
      } catch (error) {
        failure = error; // the others are not to wait for this one
      }
    if (failure) throw failure as Error;
  }

  /** Hands a group over whose admin can lead none; what was known of the accounts when one became admin may be old. */
  private async passOn(conversationId: string): Promise<void> {
    for (let i = 0; i < HEIRS; i++) {
      const found = await this.stores.conversations.findOne({ _id: conversationId }, { fields: ["admin_id"] });
      const admin = found?.admin_id;
      if (!admin || !(await this.names.inactive([admin])).length) return;
      const heir = await this.heirOf(admin, conversationId);
      if (heir === undefined) return;
      await this.tell(admin, conversationId, { kind: "setRole", userId: heir, role: "admin" });
    }
  }

  /** After a group came to another admin, who may have been banned in the same moment. */
  async check(conversationId: string): Promise<void> {
    await this.passOn(conversationId).catch((error: unknown) =>
      this.broker.logger.warn(`whether its new admin can lead ${conversationId} is not known: ${String(error)}`),
    );
  }

  private tell(userId: number, conversationId: string, command: CommandBody): Promise<void> {
    const caller: Caller = { userId, sessionId: "", roles: [] };
    return unlessDone(call(this.broker, "chat.run", { conversationId, command }, { meta: { caller } }));
  }

  /** The longest-serving moderator, else the longest-serving member, whose account is active. */
  private async heirOf(userId: number, conversation_id: string): Promise<number | undefined> {
    const members = await this.stores.members.find({ conversation_id, left_at: null, user_id: { $ne: userId } });
    const inactive = await this.names.inactive(members.map((m) => m.user_id));
    const present = members
      .filter((m) => !inactive.includes(m.user_id))
      .sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime());
    return (present.find((m) => m.role === "moderator") ?? present[0])?.user_id;
  }
}
