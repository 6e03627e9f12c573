/** Guests: a name, one conversation, a lifetime. */
import { action } from "./action";
import { accountName, id, int, object } from "./schema";
import { Tokens } from "./users";

export const guestActions = {
  "users.makeGuest": action({
    access: "user",
    about:
      "Makes a guest of a group, who has no part in anything else and none at all after that time. The caller must be let " +
      "to add members; for admins, and server keys on behalf of a user.",
    params: object({
      conversationId: id(),
      username: accountName(),
      expiresInHours: int({ min: 1, max: 2160, default: 24 }),
    }),
    result: Tokens,
    timeout: 30_000,
  }),
};

/** All that a guest may do; chat itself keeps them to the one conversation that they are a member of. */
const open: ReadonlySet<string> = new Set([
  ...["me", "get", "batch", "logout", "logoutAll", "sessions", "endSession"].map((what) => `users.${what}`),
  ...["list", "mine", "get", "join", "members", "messages", "message", "thread", "threadSummaries", "followThread"].map(
    (what) => `chat.${what}`,
  ),
  ...["history", "pins", "search", "status", "unread", "sync", "presence", "mute", "pin", "hide"].map(
    (w) => `chat.${w}`,
  ),
  ...["send", "edit", "deleteMessage", "react", "unreact", "sendEvent", "typing", "vote", "ownVote"].map(
    (what) => `chat.${what}`,
  ),
  ...["markRead", "setStatus", "read", "delivered", "readMany", "changes"].map((what) => `chat.${what}`),
  ...["grant", "confirm", "release", "open", "link", "delete"].map((what) => `uploads.${what}`),
  ...["list", "get", "count", "read", "readAll", "delete", "preferences", "ping"].map((w) => `notifications.${w}`),
]);

/** The doors' and services' own calls carry the caller, too: those are not the guest's doing. */
export const isForGuests = (action: string): boolean => open.has(action);
