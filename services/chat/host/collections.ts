/** The collections of chat and their indexes: each serves a question that is asked. */
import { type Collection } from "../../../mixins/documents/types";
import {
  type CommitDoc,
  type ConversationDoc,
  type LastSeenDoc,
  type MemberDoc,
  type MessageDoc,
  type ReceiptDoc,
} from "../conversation/documents";
import { type HookDoc } from "../incoming/documents";
import { type LaterDoc } from "../later/documents";
import { type HoldDoc } from "../retention/documents";

export const collections = {
  conversations: {
    name: "conversations",
    indexes: [
      { fields: ["pair_key"], unique: true },
      { fields: ["participants"], list: true },
      { fields: ["outbox", "_id"] },
      { fields: ["_id", "visibility"], sparse: true },
      { fields: ["public_words"], list: true },
      { fields: ["retention"], sparse: true },
    ],
  } as Collection<ConversationDoc>,
  messages: {
    name: "messages",
    indexes: [
      { fields: ["conversation_id", "seq"], unique: true },
      { fields: ["conversation_id", "sender_id", "client_id"], unique: true },
      { fields: ["conversation_id", "created_at"], order: [1, -1] },
      { fields: ["sender_id", "created_at"], order: [1, -1], mongo: true },
      { fields: ["created_at"], order: [-1], mongo: true },
      { fields: ["conversation_id", "changed_pos"], sparse: true },
      { fields: ["thread_id"], sparse: true },
      { fields: ["conversation_id", "pinned_at"], sparse: true },
      { fields: ["attachments"], list: true },
      { fields: ["terms"], list: true, within: "conversation_id", mongo: true },
    ],
    words: { field: "terms", scopes: ["conversation_id", "sender_id", "type"], newest: "created_at" },
  } as Collection<MessageDoc>,
  members: {
    name: "members",
    indexes: [
      { fields: ["conversation_id", "user_id"], unique: true },
      { fields: ["user_id"] },
      { fields: ["user_id", "saved_at"], sparse: true },
    ],
  } as Collection<MemberDoc>,
  later: {
    name: "later",
    indexes: [
      { fields: ["user_id", "kind", "slot"], unique: true },
      { fields: ["user_id", "kind", "client_id"], unique: true },
      { fields: ["due_at"], sparse: true },
      { fields: ["attachments"], list: true },
    ],
  } as Collection<LaterDoc>,
  hooks: { name: "hooks", indexes: [{ fields: ["conversation_id"] }] } as Collection<HookDoc>,
  receipts: { name: "receipts", indexes: [{ fields: ["keys"], list: true }] } as Collection<ReceiptDoc>,
  commits: {
    name: "commits",
    indexes: [{ fields: ["key"], unique: true }, { fields: ["conversation_id", "pos"] }, { fields: ["at"] }],
  } as Collection<CommitDoc>,
  holds: {
    name: "holds",
    indexes: [
      { fields: ["conversation_id"], sparse: true },
      { fields: ["user_id"], sparse: true },
    ],
  } as Collection<HoldDoc>,
  lastSeen: { name: "last_seen", indexes: [{ fields: ["user_id"], unique: true }] } as Collection<LastSeenDoc>,
};
