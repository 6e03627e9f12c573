/** From kept facts to facts as they are told: words and names as they are at this moment, or none. */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { type Fact, factKinds } from "../../../contracts/facts";
import { call } from "../../../platform/bus";
import { type FactDoc } from "./documents";

type Fields = Readonly<Record<string, unknown>>;
interface Sources {
  readonly messages: ReadonlyMap<unknown, object>;
  readonly users: ReadonlyMap<unknown, Result<"users.told">[number]>;
  readonly conversations: ReadonlyMap<unknown, Result<"chat.told">["conversations"][number]>;
}

const different = <T>(values: readonly unknown[]): T[] => [...new Set(values)] as T[];
const reads = ({ type }: FactDoc, ...what: string[]): boolean => what.includes(factKinds[type].reads);

/** @throws UNAVAILABLE where what is to be told can't be read */
export async function tell(broker: ServiceBroker, docs: readonly FactDoc[]): Promise<Fact[]> {
  const ofChat = docs.filter((doc) => reads(doc, "message", "conversation"));
  const ofMessages = docs.filter((doc) => reads(doc, "message"));
  const chat = ofChat.length
    ? await call(broker, "chat.told", {
        messageIds: different<string>(ofMessages.map(({ data }) => data.messageId)),
        conversationIds: different<string>(ofChat.map(({ data }) => data.conversationId)),
      })
    : { messages: [], conversations: [] };
  const ofPeople = docs.filter((doc) => reads(doc, "user"));
  const ids = different<number>(ofPeople.map(({ data }) => data.userId));
  const people = ids.length ? await call(broker, "users.told", { ids }) : [];
  const sources: Sources = {
    users: new Map(people.map((user) => [user.user_id, user])),
    messages: new Map(chat.messages.map((message) => [message._id, message])),
    conversations: new Map(chat.conversations.map((conversation) => [conversation._id, conversation])),
  };
  return docs.map((doc) => ({
    id: `${doc.type}:${doc.key}`,
    position: doc.position,
    type: doc.type,
    timestamp: doc.at.toISOString(),
    data: wordsOf(doc, sources),
  }));
}

function wordsOf({ type, data }: FactDoc, { messages, conversations, users }: Sources): Fields {
  const what = factKinds[type].reads;
  if (what === "none") return data;
  if (what === "user") return { ...data, user: users.get(data.userId) ?? null };
  const conversation = conversations.get(data.conversationId) ?? null;
  const { data: shape } = factKinds[type];
  return {
    ...data,
    conversation,
    ...(shape.fields && "name" in shape.fields ? { name: conversation?.name ?? null } : {}),
    ...(what === "message" ? { message: messages.get(data.messageId) ?? null } : {}),
  };
}
