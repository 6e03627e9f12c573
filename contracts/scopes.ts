/** What an API token may be allowed. Roles never travel with one, and credentials are closed to it. */
export const scopes = [
  "users:read",
  "users:write",
  "chat:read",
  "chat:write",
  "notifications:read",
  "notifications:write",
  "uploads:read",
  "uploads:write",
] as const;
export type Scope = (typeof scopes)[number];

/** All of the accounts that a token may ever touch: no password, session, token, role or second factor. */
const ofUsers: Readonly<Record<string, Scope>> = {
  "users.me": "users:read",
  "users.get": "users:read",
  "users.batch": "users:read",
  "users.search": "users:read",
  "users.blocked": "users:read",
  "users.update": "users:write",
  "users.block": "users:write",
  "users.unblock": "users:write",
};

/** Actions that change nothing; every other one of their services needs `write`. */
const reads = new Set([
  "chat.join",
  "chat.list",
  "chat.get",
  "chat.look",
  "chat.members",
  "chat.discover",
  "chat.openLink",
  "chat.links",
  "chat.hooks",
  "chat.joinRequests",
  "chat.messages",
  "chat.search",
  "chat.status",
  "chat.unread",
  "chat.pins",
  "chat.thread",
  "chat.threadSummaries",
  "chat.history",
  "chat.presence",
  "chat.sync",
  "chat.mine",
  "chat.ownVote",
  "chat.saved",
  "chat.scheduled",
  "chat.reminders",
  "notifications.list",
  "notifications.get",
  "notifications.count",
  "notifications.ping",
  "uploads.open",
  "uploads.get",
]);

/** What a server key may do for itself, beside all that admins may; everything else it does on behalf of a user. */
const forServers = new Set(["users.get", "users.batch", "users.search", "users.update", "users.delete"]);

export const isForServers = (action: string): boolean => forServers.has(action);

/** The scope that an action needs; undefined where it is closed to API tokens. */
export function scopeOf(action: string): Scope | undefined {
  const service = action.split(".")[0];
  if (service === "users") return ofUsers[action];
  const wanted = `${service}:${reads.has(action) ? "read" : "write"}`;
  return scopes.find((scope) => scope === wanted);
}
