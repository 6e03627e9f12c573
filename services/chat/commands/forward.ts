/** Forwarding: a copy of a message that one may read, into a conversation that one may write to. */
import { type Params } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { messageFor } from "../queries/access";
import { type Draft } from "../conversation/commands";
import { type Stores } from "../host/stores";
import { requestOfCopy } from "./request";

/**
 * The copy as it will be sent.
 * @param draftOf what to send, as a draft
 * @throws FORBIDDEN, NOTFOUND for what the caller can't read
 */
export async function copyOf(
  stores: Stores,
  caller: Caller,
  p: Params<"chat.forward">,
  draftOf: (p: Params<"chat.send">) => Draft | Promise<Draft>,
): Promise<Draft> {
  const { message } = await messageFor(stores, caller.userId, p.messageId);
  if (message.deleted_at || message.type === "system") throw fail("NOTFOUND", "There is nothing to forward.");
  const { conversationId, clientId } = p;
  const { content, attachments } = message;
  const params = { conversationId, content, attachments, ...(clientId === undefined ? {} : { clientId }) };
  const draft = await draftOf(params);
  const { _id: message_id, conversation_id } = message;
  // Of a copy: whose words it holds, not who passed them on.
  const sender_id = message.forwarded_from?.sender_id ?? message.sender_id;
  return { ...draft, request: requestOfCopy(p), forwarded: { message_id, conversation_id, sender_id } };
}
