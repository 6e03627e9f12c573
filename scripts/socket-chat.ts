/** `npm run test:socket:interactive -- URL`: a chat client for the terminal. */
import { createInterface } from "node:readline/promises";
import { type Conversation, type Member, type Message, type PublicUser } from "../contracts/shapes";
import { type Tokens } from "../contracts/users";
import { Client, register, rest } from "./socket-client";

const url = process.argv[2] ?? process.env.URL ?? "http://localhost:3000";
const terminal = createInterface({ input: process.stdin, output: process.stdout });

const HELP = `  /list              conversations         /open N       open the Nth of them
  /find NAME         people by name        /to ID        write to that person
  /group NAME ID...  start a group         /accept       accept the open request
  /history           last 20 messages      /edit TEXT    change your last message
  /delete            delete your last      /who          members of the open one
  /help                                    /quit
  anything else is sent to the open conversation`;

interface State {
  readonly me: Tokens;
  readonly chat: Client;
  readonly names: Map<number, string>;
  list: Conversation[];
  open: Conversation | undefined;
  last: Message | undefined;
}

/** Above the line that is being typed. */
function say(line: string): void {
  process.stdout.write(`\r\x1b[K${line}\n`);
  terminal.prompt(true);
}

/** What others wrote may hold control sequences; a terminal would obey them. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, " ");

async function nameOf(s: State, userId: number): Promise<string> {
  const known = s.names.get(userId);
  if (known !== undefined) return known;
  const user = await rest<PublicUser>(url, "GET", `/users/${userId}`, undefined, s.me.accessToken);
  s.names.set(userId, plain(user.username));
  return plain(user.username);
}

async function lineOf(s: State, m: Message): Promise<string> {
  const text = m.deleted_at ? "(deleted)" : m.type === "system" ? `(${m.system?.event ?? "system"})` : plain(m.content);
  return `#${m.seq} ${await nameOf(s, m.sender_id)}: ${text}${m.edited_at ? " (edited)" : ""}`;
}

async function titleOf(s: State, c: Conversation): Promise<string> {
  if (c.name) return plain(c.name);
  const others = c.participants.filter((id) => id !== s.me.user.user_id).slice(0, 4);
  return (await Promise.all(others.map((id) => nameOf(s, id)))).join(", ");
}

async function show(s: State, c: Conversation): Promise<void> {
  s.open = c;
  say(`--- ${await titleOf(s, c)} (${c.status})`);
  await history(s);
}

const opened = (s: State): string => {
  if (!s.open) throw new Error("open a conversation first: /list, then /open N");
  return s.open._id;
};
const lastOwn = (s: State): string => {
  if (!s.last) throw new Error("you have sent nothing yet");
  return s.last._id;
};

async function history(s: State): Promise<void> {
  const messages = await s.chat.ask<Message[]>("message:list", { conversationId: opened(s) });
  for (const message of messages.reverse()) say(await lineOf(s, message));
  await s.chat.ask("conversation:mark-read", { conversationId: opened(s) });
}

const create = async (s: State, payload: object): Promise<void> =>
  show(s, await s.chat.ask<Conversation>("conversation:create", payload));

const commands: Readonly<Record<string, (s: State, rest: string) => Promise<void>>> = {
  help: () => Promise.resolve(say(HELP)),
  list: async (s) => {
    s.list = await s.chat.ask<Conversation[]>("conversation:list", { limit: 50 });
    for (const [i, c] of s.list.entries())
      say(`${i + 1}. ${await titleOf(s, c)}${c.unreadCount ? ` [${c.unreadCount} new]` : ""} (${c.status})`);
  },
  open: async (s, number) => {
    const conversation = s.list[Number(number) - 1];
    if (!conversation) throw new Error("no such number; /list shows them");
    await show(s, conversation);
  },
  find: async (s, name) => {
    const path = `/users/search?q=${encodeURIComponent(name)}`;
    const users = await rest<PublicUser[]>(url, "GET", path, undefined, s.me.accessToken);
    for (const user of users) say(`${user.user_id}. ${plain(user.username)}`);
  },
  to: (s, id) => create(s, { participantIds: [Number(id)] }),
  group: (s, given) => {
    const [name, ...ids] = given.split(/\s+/);
    return create(s, { participantIds: ids.map(Number), type: "group", name });
  },
  accept: async (s) => {
    await s.chat.ask("conversation:accept", { conversationId: opened(s) });
    say("accepted");
  },
  history,
  edit: async (s, content) => {
    s.last = await s.chat.ask<Message>("message:edit", { messageId: lastOwn(s), content });
  },
  delete: async (s) => {
    await s.chat.ask("message:delete", { messageId: lastOwn(s) });
  },
  who: async (s) => {
    const members = await s.chat.ask<Member[]>("conversation:members", { conversationId: opened(s) });
    for (const m of members) say(`${plain(m.username)} (${m.role}${m.online ? ", online" : ""})`);
  },
};

/** What others do, as it happens. */
function listen(s: State): void {
  const tell = async (message: Message): Promise<void> => {
    const here = message.conversation_id === s.open?._id;
    say(here ? await lineOf(s, message) : `* new in another conversation: ${await lineOf(s, message)}`);
    if (here && message.sender_id !== s.me.user.user_id) await s.chat.ask("message:read", { messageId: message._id });
  };
  const on = <T>(event: string, work: (payload: T) => Promise<void>): void => {
    s.chat.socket.on(event, (payload: T) => void work(payload).catch(complain));
  };
  on<Message>("message:created", tell);
  on<Message>("message:updated", async (message) => say(`~ ${await lineOf(s, message)}`));
  on<{ seq: number }>("message:deleted", ({ seq }) => Promise.resolve(say(`~ #${seq} was deleted`)));
  on<{ conversation: Conversation }>("conversation:created", async ({ conversation }) =>
    say(`* new conversation with ${await titleOf(s, conversation)} (${conversation.status}); /list`),
  );
  on<{ conversationId: string; userId: number; isTyping: boolean }>("typing", async (e) => {
    if (e.isTyping && e.conversationId === s.open?._id) say(`  ${await nameOf(s, e.userId)} is typing ...`);
  });
  s.chat.socket.on("disconnect", (why) => {
    say(`disconnected: ${why}`);
    process.exit(1);
  });
}

const complain = (error: unknown): void => say(`! ${error instanceof Error ? error.message : String(error)}`);

async function obey(s: State, line: string): Promise<void> {
  const command = /^\/(\w+)\s*(.*)$/s.exec(line);
  if (!command) s.last = await s.chat.ask<Message>("message:send", { conversationId: opened(s), content: line });
  else {
    const run = commands[command[1] ?? ""];
    if (!run) throw new Error(`no such command; /help lists them`);
    await run(s, command[2] ?? "");
  }
}

async function signIn(): Promise<Tokens> {
  const email = await terminal.question("E-mail: ");
  const password = await terminal.question("Password (shown as you type): ");
  const name = await terminal.question("Name, to make a new account; empty to sign in: ");
  return name.trim() === ""
    ? rest<Tokens>(url, "POST", "/auth/login", { email, password })
    : register(url, name.trim(), email, password);
}

async function main(): Promise<void> {
  const me = await signIn();
  const chat = await Client.connect(url, "/chat", me.accessToken, { join: "all" });
  const s: State = { me, chat, names: new Map(), list: [], open: undefined, last: undefined };
  listen(s);
  say(`Hello ${plain(me.user.username)}, you are user ${me.user.user_id}.\n${HELP}`);
  for await (const line of terminal) {
    if (line.trim() === "/quit") break;
    if (line.trim() !== "") await obey(s, line.trim()).catch(complain);
    terminal.prompt();
  }
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
