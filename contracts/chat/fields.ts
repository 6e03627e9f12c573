/** Fields and kinds of access that several actions of `chat` share. */
import { LONGEST, MOST } from "../most";
import { either, id, int, list, map, num, object, published, text, time, userId } from "../schema";

export const conversationId = id();
export const messageId = id();
export const limit = int({ min: 1, max: 100, default: 20 });
export const skip = int({ min: 0, max: 1_000_000, default: 0 });
/** A time, or a `seq`. */
export const moment = either(int({ min: 0 }), time());
/** As long as any frame: what is too long is told so by the rule, as TOO_LARGE, and not by the schema. */
export const content = text({
  max: 1_000_000,
  about: "4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE",
});
/** More are told so by the rule, as TOO_LARGE; what is no file of ours, by its place. */
export const attachments = published(
  list(published(text({ max: LONGEST.url }), { pattern: "^/files/[0-9a-f]{24}$" }), {
    max: 1000,
    about: "`url` of what was uploaded; more is TOO_LARGE",
  }),
  { maxItems: MOST.attachments },
);
export const clientId = text({
  min: 1,
  max: LONGEST.clientId,
  about: "the caller's own key of this message or conversation: the same key is the same one",
});
export const emoji = text({
  min: 1,
  max: 64,
  about: "one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS",
});
export const position = map(num({ min: 0 }), { keys: /^[0-9a-f]{24}$/, max: MOST.namedConversations });

/** Of a conversation, in the product: the same key is the same conversation, for all. */
export const externalId = text({
  min: 1,
  max: 128,
  about: "its key in the product; the same key is the same conversation",
});

export const ofConversation = object({ conversationId });
export const ofMember = object({ conversationId, userId: userId() });
export const ofMessage = object({ messageId });

/** Runs in a turn of the conversation's actor, on the node that hosts it. */
export const turn = { access: "user", shardBy: "conversationId" } as const;
/** Names only a message: any chat node resolves it to its conversation and passes the command on. */
export const viaMessage = { access: "user" } as const;
export const read = { access: "user", idempotent: true } as const;
