/** Events as an earlier version kept them for webhooks, with their words: their facts keep the positions, the words go. */
import { type Happened } from "../../../contracts/facts";
import { DuplicateKey } from "../../../mixins/documents";
import { type FactDoc, type LogStores, type OldEventDoc } from "./documents";

const PAGE = 500;

interface OldBody {
  readonly id: string;
  readonly type: "message.created" | "group_invite.created" | "system.broadcast";
  readonly timestamp: string;
  readonly data: { readonly message?: { _id: string; conversation_id: string; seq: number }; readonly name?: unknown };
}

function dataOf({ type, id, data: { message, name: _name, ...data } }: OldBody): Happened["data"] {
  if (message) return { conversationId: message.conversation_id, messageId: message._id, seq: message.seq };
  return type === "system.broadcast" ? { ...data, factId: id.slice(type.length + 1) } : data;
}

function factOf({ position, body, created_at }: OldEventDoc, idOf: (fact: Happened) => string): FactDoc {
  const old = JSON.parse(body) as OldBody;
  const fact = { type: old.type, key: old.id.slice(old.type.length + 1), at: old.timestamp, data: dataOf(old) };
  const { type, key, data } = fact;
  return { _id: idOf(fact), position, type, key, data, at: new Date(old.timestamp), kept_at: created_at };
}

export async function convert({ facts, oldEvents }: LogStores, idOf: (fact: Happened) => string): Promise<void> {
  for (;;) {
    const page = await oldEvents.find({}, { sort: [["position", 1]], limit: PAGE });
    if (page.length === 0) return;
    const [newest] = await facts.find({}, { sort: [["position", -1]], limit: 1, fields: ["position"] });
    const fresh = page.filter(({ position }) => position > (newest?.position ?? 0));
    try {
      await facts.insert(fresh.map((old) => factOf(old, idOf)));
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error; // another node does the same
    }
    await oldEvents.remove({ _id: { $in: page.map(({ _id }) => _id) } });
  }
}
