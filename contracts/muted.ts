/** What is left to somebody whom the staff has muted: to read, to see to their own things, to take back and to leave. */
import { type ActionContract } from "./action";

const open: ReadonlySet<string> = new Set([
  ...["accept", "decline", "mute", "pin", "hide", "draft", "clear", "removeMember", "delete", "deleteMessage"],
  ...["unreact", "followThread", "markRead", "setStatus", "read", "delivered", "readMany"],
]);

/** Deny first: an action of chat that changes something is closed unless it is named here. */
export const isForMuted = (name: string, { idempotent }: Pick<ActionContract, "idempotent">): boolean =>
  !name.startsWith("chat.") || idempotent === true || open.has(name.slice("chat.".length));
