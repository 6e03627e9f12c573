/** Rules of saying a thing once more: the same key is the same message, and the same edit of a version is that edit. */
import { type Custom, customAfter } from "../../../../contracts/custom";
import { fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { type MessageDoc } from "../documents";
import { messageView } from "../views";

/**
 * What the first ack said, whatever became of the message since; but words that were deleted are nowhere.
 * @throws CONFLICT where the key was used for something else
 */
export function firstAnswer(doc: MessageDoc, request: string | undefined): Message {
  if (doc.request !== undefined && doc.request !== request)
    throw fail("CONFLICT", "This clientId was used for another message.");
  if (doc.deleted_at) return messageView(doc);
  const { content, mentions, mention_all = false, custom = null } = doc.edits?.[0] ?? doc;
  const untouched = { version: 1, preview: null, reactions: {}, pinned_at: null, pinned_by: null, edited_at: null };
  const poll = doc.poll ? { ...doc.poll, closed_at: null, votes: {} } : null;
  return messageView({
    ...doc,
    ...untouched,
    poll,
    content,
    mentions,
    mention_all,
    custom,
    updated_at: doc.created_at,
  });
}

interface Asked {
  readonly content?: string;
  readonly version?: number;
  readonly custom?: Custom | null;
}

/** Has this version been edited into this text before? Then the answer was lost, and it is asked once more. */
export function isEditAgain(doc: MessageDoc, c: Asked): boolean {
  const edits = doc.edits ?? [];
  const at = edits.findIndex(({ version }) => version === c.version);
  const before = edits[at];
  if (!before) return false;
  const { content, custom } = edits[at + 1] ?? doc;
  return content === (c.content ?? before.content) && (custom ?? null) === customAfter(before.custom, c.custom);
}
