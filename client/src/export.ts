/** One's own account with all that one may see, as the server writes it: a line at a time, and not one too few unnoticed. */
import { fromWire, unavailable } from "./error";
import { type Rest, type RouteResult } from "./rest";

/** What of an export is wanted. */
export interface ExportOptions {
  /** The bytes of the files, too; yes where left out. */
  readonly files?: boolean;
  readonly signal?: AbortSignal;
}

/** A line of an export, as docs/moving.md has them; `bytes` are pieces of the file before, in order. */
export type ExportLine =
  | { type: "format"; name: string; version: number }
  | { type: "user"; key: string; username: string; email?: string; created_at?: string }
  | ({ type: "account" } & RouteResult<"GET /users/me/export">)
  | {
      type: "conversation";
      key: string;
      kind: "private" | "group";
      name?: string;
      created_at: string;
      members: readonly { user: string; role: "admin" | "moderator" | "member"; joined_at: string }[];
    }
  | {
      type: "message";
      key: string;
      conversation: string;
      sender: string;
      content: string;
      created_at: string;
      edited_at?: string;
      deleted_at?: string;
      pinned_at?: string;
      pinned_by?: string;
      reply_to?: string;
      mentions?: readonly string[];
      reactions?: Readonly<Record<string, readonly string[]>>;
    }
  | { type: "file"; key: string; name: string; mime: string; size: number }
  | { type: "bytes"; file: string; at: number; base64: string }
  | { type: "end"; messages: number; bytes: number };

/** Ends with the line `end`. @throws AnyChatError where it breaks off before, or can't begin */
export async function* exportLines(rest: Rest, options: ExportOptions): AsyncGenerator<ExportLine, void, undefined> {
  const path = `/users/me/export/all${options.files === false ? "?files=no" : ""}`;
  const response = await rest.open("GET", path, undefined, options.signal);
  let last: unknown;
  for await (const text of textLines(response, options.signal)) {
    const line = parsed(text);
    if (!response.ok) throw fromWire((line as { error?: unknown }).error);
    last = line.type;
    if (last === "error") throw fromWire(line);
    yield line as unknown as ExportLine;
  }
  if (last !== "end") throw unavailable("The export broke off; begin again.");
}

/** Without the last one where that is no whole line. */
async function* textLines(response: Response, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  let waiting = "";
  try {
    const decoder = new TextDecoder();
    for (let done = false; reader && !done;) {
      const piece = await reader.read().catch((error: unknown) => {
        if (signal?.aborted) throw error;
        throw unavailable(`The export broke off: ${String(error)}`);
      });
      done = piece.done;
      waiting += done ? decoder.decode() : decoder.decode(piece.value, { stream: true });
      const lines = waiting.split("\n");
      waiting = lines.pop() ?? "";
      yield* lines;
    }
    // A platform that gives no stream gives all of it; and an error is one line without an end.
    yield* (waiting || (reader ? "" : await response.text())).split("\n").filter(Boolean);
  } finally {
    reader?.cancel().catch(() => undefined);
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw unavailable("The export broke off; begin again.");
  }
}
