/** What is kept of incoming webhooks. */
import { type Document } from "../../../mixins/documents/types";

/** An incoming webhook of a group. */
export interface HookDoc extends Document {
  conversation_id: string;
  /** The bot that speaks. */
  user_id: number;
  /** Of its secret. */
  digest: string;
  created_by: number;
  created_at: Date;
}
