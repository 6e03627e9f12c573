/** What is kept of legal holds. */
import { type Document } from "../../../mixins/documents/types";

/** A legal hold: of a conversation, or of all those that a person is or was a member of. */
export interface HoldDoc extends Document {
  conversation_id: string | null;
  user_id: number | null;
  reason: string;
  placed_by: number;
  placed_at: Date;
}
