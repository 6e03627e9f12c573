/** A table with the columns conversation, sender, created_at, content; sender_email and reply_to may stand beside them. */
import { parse } from "csv-parse/sync";
import { type Files } from "../files";
import { type Line, skipped } from "../format";

type Row = Readonly<Record<string, string>>;
const needed = ["conversation", "sender", "created_at", "content"];

export async function* csv(files: Files): AsyncGenerator<Line> {
  const path = files.names("").find((file) => file.endsWith(".csv"));
  if (path === undefined) throw new Error("There is no .csv file here.");
  const rows = parse<Row>((await files.text(path)) ?? "", {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    trim: false,
  });
  const missing = needed.filter((column) => rows[0] && !(column in rows[0]));
  if (missing.length) throw new Error(`The table lacks the columns ${missing.join(", ")}.`);
  const emails = new Map(rows.filter((r) => r.sender_email).map((r) => [r.sender, r.sender_email]));
  for (const sender of new Set(rows.map((r) => r.sender ?? ""))) {
    const email = emails.get(sender);
    if (sender) yield { type: "user", key: sender, username: sender, ...(email ? { email } : {}) };
  }
  const byConversation = new Map<string, { row: Row; number: number }[]>();
  for (const [i, row] of rows.entries()) {
    const key = row.conversation ?? "";
    byConversation.set(key, [...(byConversation.get(key) ?? []), { row, number: i + 2 }]);
  }
  for (const [name, all] of byConversation) yield* conversationLines(name, all);
}

function* conversationLines(name: string, all: { row: Row; number: number }[]): Generator<Line> {
  const timed = all.filter(({ row }) => !Number.isNaN(Date.parse(row.created_at ?? "")));
  for (let i = timed.length; i < all.length; i++) yield skipped("message", "its time can't be read");
  timed.sort((a, b) => Date.parse(a.row.created_at ?? "") - Date.parse(b.row.created_at ?? ""));
  const members = [...new Set(timed.map(({ row }) => row.sender ?? "").filter(Boolean))];
  yield {
    type: "conversation",
    key: name,
    kind: "group",
    name: name.slice(0, 100) || "Conversation",
    members: members.map((user) => ({ user })),
  };
  for (const { row, number } of timed) {
    if (!row.content?.trim() || !row.sender) yield skipped("message", "nothing is said in it, or by nobody");
    else
      yield {
        type: "message",
        key: row.key || String(number),
        conversation: name,
        sender: row.sender,
        content: row.content,
        created_at: new Date(row.created_at as string).toISOString(),
        ...(row.reply_to ? { reply_to: row.reply_to } : {}),
      };
  }
}
