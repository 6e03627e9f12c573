/** The operators' commands; each says what it did in a few lines. */
import { type Result } from "../../contracts/actions";
import { type User } from "../../contracts/shapes";
import { audit, auditHelp } from "./audit";
import { type Operator } from "./session";
import { table } from "./table";
import { trace, traceHelp } from "./trace";
import { user, userHelp } from "./user";

export interface OperatorCommand {
  readonly help: string;
  /** How many words at least and at most: a second name after `ban` must not be passed over in silence. */
  readonly takes: readonly [number, number];
  readonly run: (operator: Operator, args: readonly string[]) => Promise<string>;
}

type Listed = User & { readonly cursor: string };
type Overview = Result<"api.overview">;

async function* everyUser(operator: Operator): AsyncGenerator<Listed> {
  for (let cursor = ""; ;) {
    const page = await operator.ask<Listed[]>(
      "GET",
      `/users?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < 100) return;
    cursor = last.cursor;
  }
}

/** Users are named by id or by e-mail. */
async function idOf(operator: Operator, who = ""): Promise<number> {
  if (/^\d+$/.test(who)) return Number(who);
  const [found] = await operator.ask<Listed[]>("GET", `/users?email=${encodeURIComponent(who)}`);
  if (found) return found.user_id;
  throw new Error(`There is no user ${who}.`);
}

const statuses = ["active", "deactivated", "banned", "deleted"];

async function users(operator: Operator, [status]: readonly string[]): Promise<string> {
  if (status !== undefined && !statuses.includes(status)) throw new Error(`Usage: ${operatorCommands.users?.help}`);
  const rows: unknown[][] = [["id", "e-mail", "name", "status", "roles"]];
  for await (const u of everyUser(operator))
    if (status === undefined || u.status === status)
      rows.push([u.user_id, u.email, u.username, u.status, u.roles.join(",")]);
  return table(rows);
}

const onUser =
  (method: string, path: (id: number) => string, done: string): OperatorCommand["run"] =>
  async (operator, [who]) => {
    const id = await idOf(operator, who);
    await operator.ask(method, path(id));
    return `${who} (${id}) ${done}.`;
  };

const overview = (operator: Operator, conversationId?: string): Promise<Overview> =>
  operator.ask("GET", `/admin/overview${conversationId === undefined ? "" : `?conversationId=${conversationId}`}`);

async function actors(operator: Operator, [conversationId]: readonly string[]): Promise<string> {
  const { chat, livesOn } = await overview(operator, conversationId);
  const lines = chat.map((n) => [n.node, n.actors, n.waiting]);
  const busy = chat.flatMap((n) => n.busiest.map((b) => [b.conversationId, n.node, b.waiting, b.idleMs]));
  return [
    ...(conversationId === undefined ? [] : [`${conversationId} lives on ${livesOn ?? "no node"}`]),
    table([["node", "actors", "waiting"], ...lines]),
    table([["conversation", "node", "waiting", "idle ms"], ...busy]),
  ].join("\n\n");
}

async function sockets(operator: Operator): Promise<string> {
  const { api } = await overview(operator);
  const rows = api.map((n) => [n.node, n.sockets["/chat"] ?? 0, n.sockets["/notifications"] ?? 0, n.users]);
  return table([["node", "/chat", "/notifications", "users"], ...rows]);
}

async function outbox(operator: Operator): Promise<string> {
  const { chat } = await overview(operator);
  return table([["node", "conversations with facts on their way"], ...chat.map((n) => [n.node, n.outbox])]);
}

async function sessions(operator: Operator, [who]: readonly string[]): Promise<string> {
  const id = await idOf(operator, who);
  const found = await operator.ask<Result<"users.sessionsOf">>("GET", `/admin/users/${id}/sessions`);
  const rows = found.map((s) => [s.id, s.ip, s.last_used_at, s.user_agent]);
  return table([["session", "ip", "last used", "device"], ...rows]);
}

async function promote(operator: Operator, [who, role]: readonly string[]): Promise<string> {
  const id = await idOf(operator, who);
  await operator.ask("POST", `/users/${id}/roles`, { role });
  return `${who} (${id}) has the role ${role}.`;
}

async function broadcast(operator: Operator, [title, ...words]: readonly string[]): Promise<string> {
  await operator.ask("POST", "/notifications/broadcast", { title, content: words.join(" ") });
  return "On its way to every user.";
}

async function exported(operator: Operator, [who]: readonly string[]): Promise<string> {
  return JSON.stringify(await operator.ask("GET", `/admin/users/${await idOf(operator, who)}/export`), null, 2);
}

export const operatorCommands: Readonly<Record<string, OperatorCommand>> = {
  users: { help: "users [active|deactivated|banned|deleted]", takes: [0, 1], run: users },
  user: { help: userHelp, takes: [1, Infinity], run: (operator, args) => user(operator, args, idOf) },
  promote: { help: "promote <email|id> <user|moderator|admin>", takes: [2, 2], run: promote },
  ban: { help: "ban <email|id>", takes: [1, 1], run: onUser("POST", (id) => `/users/${id}/ban`, "is banned") },
  unban: {
    help: "unban <email|id>",
    takes: [1, 1],
    run: onUser("DELETE", (id) => `/users/${id}/ban`, "may come in again"),
  },
  sessions: { help: "sessions <email|id>", takes: [1, 1], run: sessions },
  revoke: {
    help: "revoke <email|id>  ends all sessions",
    takes: [1, 1],
    run: onUser("DELETE", (id) => `/admin/users/${id}/sessions`, "is signed out everywhere"),
  },
  broadcast: {
    help: "broadcast <title> <words...>  a notification to every user",
    takes: [2, Infinity],
    run: broadcast,
  },
  actors: { help: "actors [conversation id]  where conversations live, mailbox depth", takes: [0, 1], run: actors },
  sockets: { help: "sockets  how many, on which node", takes: [0, 0], run: sockets },
  trace: { help: traceHelp, takes: [1, 1], run: trace },
  audit: { help: auditHelp, takes: [0, 2], run: audit },
  outbox: { help: "outbox  facts that wait for the bus", takes: [0, 0], run: outbox },
  export: { help: "export <email|id>  what is kept about an account, as JSON", takes: [1, 1], run: exported },
};
