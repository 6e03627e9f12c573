/** The collections of the chat service, as those work with them who load and store conversations. */
import { type Documents, type Transact } from "../../../mixins/documents/types";
import {
  type CommitDoc,
  type ConversationDoc,
  type LastSeenDoc,
  type MemberDoc,
  type MessageDoc,
  type ReceiptDoc,
} from "../conversation/documents";
import { type HoldDoc } from "../retention/documents";
import { type HookDoc } from "../incoming/documents";
import { type LaterDoc } from "../later/documents";

export interface Stores {
  readonly conversations: Documents<ConversationDoc>;
  readonly messages: Documents<MessageDoc>;
  readonly members: Documents<MemberDoc>;
  readonly receipts: Documents<ReceiptDoc>;
  readonly later: Documents<LaterDoc>;
  readonly holds: Documents<HoldDoc>;
  readonly hooks: Documents<HookDoc>;
  readonly lastSeen: Documents<LastSeenDoc>;
  /** Left out where an update of one document is whole, and so a commit. */
  readonly commits?: Documents<CommitDoc> | undefined;
  /** Several writes as one; left out where the store has no transactions. */
  readonly transact?: Transact | undefined;
}

type Veils = NonNullable<MessageDoc["veils"]>;

/** The copy in the conversation's document needs neither search terms nor history. */
export function lean(doc: MessageDoc): MessageDoc {
  const { edits: _edits, ...rest } = doc;
  const veils = Object.entries(doc.veils ?? {}).map(([id, veil]) => [id, { ...veil, edits: [], terms: [] }]);
  return { ...rest, terms: [], ...(veils.length ? { veils: Object.fromEntries(veils) as Veils } : {}) };
}
