/**
 * The format that `export` writes and `import` takes: JSON Lines, one thing a line. Users come before what names them,
 * a conversation before its messages, messages in the order of their times. docs/moving.md tells it whole.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type ConversationLine, type MessageLine, type UserLine } from "../../platform/archive";

export type { ConversationLine, MessageLine, UserLine };

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
    if (line.type !== "other") yield line;
  }
}

/** Of the export of an account: what is its own alone, files, and the end. */
const others = new Set(["account", "file", "bytes", "end"]);

function parse(text: string, where: string): Line | { type: "other" } {
  let line: { type?: string; version?: unknown };
  try {
    line = JSON.parse(text) as typeof line;
  } catch {
    throw new Error(`${where}: this is no JSON.`);
  }
  if (line.type === "format") {
    if (line.version !== 1) throw new Error(`${where}: version ${String(line.version)} is newer than this program.`);
    return { type: "other" };
  }
  if (others.has(line.type ?? "")) return { type: "other" };
  if (line.type === "error") throw new Error(`${where}: the export broke off here.`);
  if (!kinds.has(line.type ?? "")) throw new Error(`${where}: a line has the type user, conversation or message.`);
  return line as Line;
}
