/**
 * The format that `export` writes and `import` takes: JSON Lines, one thing a line. Users come before what names them,
 * a conversation before its messages, messages in the order of their times. docs/moving.md tells it whole.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

export interface UserLine {
  readonly type: "user";
  readonly key: string;
  readonly username: string;
  readonly email?: string;
  readonly created_at?: string;
}
export interface ConversationLine {
  readonly type: "conversation";
  readonly key: string;
  readonly kind: "private" | "group";
  readonly name?: string;
  readonly created_at?: string;
  readonly members: readonly {
    readonly user: string;
    readonly role?: "admin" | "moderator" | "member";
    readonly joined_at?: string;
  }[];
}
export interface MessageLine {
  readonly type: "message";
  readonly key: string;
  readonly conversation: string;
  readonly sender: string;
  readonly content: string;
  readonly created_at: string;
  readonly edited_at?: string;
  readonly deleted_at?: string;
  readonly pinned_at?: string;
  readonly pinned_by?: string;
  /** The key of the message that it answers, earlier in the same conversation. */
  readonly reply_to?: string;
  readonly mentions?: readonly string[];
  /** Emoji to the keys of those who reacted with it. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}
/** What can't be taken, and why; told by a dry run. */
export interface Skipped {
  readonly type: "skipped";
  readonly what: string;
  readonly why: string;
}
export type Line = UserLine | ConversationLine | MessageLine | Skipped;
export type Lines = AsyncIterable<Line> | Iterable<Line>;

export const skipped = (what: string, why: string): Skipped => ({ type: "skipped", what, why });

const kinds = new Set(["user", "conversation", "message"]);

/** @throws Error that names the line */
export async function* readLines(file: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++;
    if (!text.trim()) continue;
    const line = parse(text, `${file}:${number}`);
    if (line.type !== "format") yield line;
  }
}

function parse(text: string, where: string): Line | { type: "format" } {
  let line: { type?: string; version?: unknown };
  try {
    line = JSON.parse(text) as typeof line;
  } catch {
    throw new Error(`${where}: this is no JSON.`);
  }
  if (line.type === "format") {
    if (line.version !== 1) throw new Error(`${where}: version ${String(line.version)} is newer than this program.`);
    return { type: "format" };
  }
  if (!kinds.has(line.type ?? "")) throw new Error(`${where}: a line has the type user, conversation or message.`);
  return line as Line;
}
