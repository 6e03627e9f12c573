/** The conversations of messages, remembered: commands that name only a message go to where its conversation lives. */
import { fail } from "../../../contracts/errors";
import { type Stores } from "../host/stores";

/** So many are remembered. */
const KNOWN_MAX = 50_000;

export class Whereabouts {
  private readonly known = new Map<string, string>();

  constructor(private readonly messages: Stores["messages"]) {}

  /** @throws NOTFOUND */
  async of(messageId: string): Promise<string> {
    const [id] = (await this.group([messageId])).keys();
    return id as string;
  }

  /** The conversations of messages, with the ids of each. @throws NOTFOUND */
  async group(messageIds: readonly string[]): Promise<Map<string, string[]>> {
    const missing = messageIds.filter((id) => !this.known.has(id));
    if (missing.length) {
      const found = await this.messages.find({ _id: { $in: missing } }, { fields: ["conversation_id"] });
      for (const doc of found) this.learn(doc._id, doc.conversation_id);
    }
    const groups = new Map<string, string[]>();
    for (const id of messageIds) {
      const conversationId = this.known.get(id);
      if (conversationId === undefined) throw fail("NOTFOUND", "There is no such message.", { messageId: id });
      groups.set(conversationId, [...(groups.get(conversationId) ?? []), id]);
    }
    return groups;
  }

  private learn(messageId: string, conversationId: string): void {
    this.known.set(messageId, conversationId);
    if (this.known.size <= KNOWN_MAX) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
