/** What is kept of what is to happen at a time. */
import { type Document } from "../../../mixins/documents/types";
import { type StoredCustom } from "../../../contracts/custom";

/** What is to happen at a time: a message that is sent then, or a reminder. */
export interface LaterDoc extends Document {
  kind: "message" | "reminder";
  user_id: number;
  /** Its place among the user's own of this kind, by which their number is bounded. */
  slot: number;
  client_id: string;
  /** A print of what was asked for under that key. */
  request: string;
  conversation_id: string | null;
  /** What it reminds of. */
  message_id: string | null;
  content: string;
  attachments: string[];
  reply_to: string | null;
  mentions: number[];
  custom: StoredCustom;
  at: Date;
  /** When it is looked at next; null once it was refused. */
  due_at: Date | null;
  /** Somebody has it in hand until it is due. */
  claimed: boolean;
  attempts: number;
  error: { code: string; message: string } | null;
  created_at: Date;
  updated_at: Date;
}
