/** How long messages are kept, and what stops them from going: legal holds. */
import { action } from "./action";
import { conversationId } from "./chat/fields";
import { LONGEST_RETENTION, MOST } from "./most";
import { id, type Infer, int, list, named, nothing, nullable, object, optional, text, time, userId } from "./schema";
import { Conversation } from "./shapes";

export const Hold = named(
  "Hold",
  object({
    hold_id: id(),
    conversation_id: nullable(id("nothing of it goes")),
    user_id: nullable(userId("nothing goes of any conversation that they are or were a member of")),
    reason: text({ max: 500 }),
    placed_by: int({ min: 0, about: "0: an operator" }),
    placed_at: time(),
  }),
);
export type Hold = Infer<typeof Hold>;

const holdId = id();

export const retentionActions = {
  "chat.setRetention": action({
    access: "admin",
    shardBy: "conversationId",
    about:
      "How long messages of a conversation are kept, whatever holds in general (MESSAGE_RETENTION) and whatever its admin says.",
    params: object({
      conversationId,
      retention: nullable(
        int({
          min: 0,
          max: LONGEST_RETENTION,
          about: "seconds; 0: for ever; null: as in general, or as its admin says",
        }),
      ),
    }),
    result: Conversation,
    audit: { event: "retention.set", target: "conversationId", details: ["retention"] },
  }),
  "chat.placeHold": action({
    access: "admin",
    about:
      "A legal hold: neither age nor the erasure of an account takes anything from what it is on, until it is released. What " +
      "members delete themselves is deleted. One of a conversation, or of a person.",
    params: object({
      conversationId: optional(conversationId),
      userId: optional(userId()),
      reason: text({ min: 1, max: 500, trim: true }),
    }),
    result: Hold,
    audit: { event: "hold.placed", details: ["conversationId", "userId", "reason"] },
  }),
  "chat.holds": action({
    access: "admin",
    about: "The legal holds, the newest first; those on one conversation, or on one person, where that is named.",
    params: object({
      conversationId: optional(conversationId),
      userId: optional(userId()),
      limit: int({ min: 1, max: 500, default: 100 }),
      before: optional(holdId),
    }),
    result: list(Hold, { max: MOST.holds }),
    idempotent: true,
  }),
  "chat.releaseHold": action({
    access: "admin",
    about: "Ends a legal hold: what is past its age goes.",
    params: object({ holdId }),
    result: nothing,
    audit: { event: "hold.released", target: "holdId" },
  }),
};
