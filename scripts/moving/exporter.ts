/** Reads everything out of a running system, page by page, as lines that `import` takes. */
import { type Operator } from "../operators/session";
import { conversationLine, messageLine, type Told, userKey } from "../../platform/archive";
import { type Line } from "./format";

interface User {
  readonly user_id: number;
  readonly username: string;
  readonly email: string | null;
  readonly status: string;
  readonly created_at: string;
  readonly cursor: string;
}
interface Conversation {
  readonly _id: string;
  readonly type: "private" | "group";
  readonly name: string | null;
  readonly created_at: string;
  readonly members: readonly {
    readonly userId: number;
    readonly role: "admin" | "moderator" | "member";
    readonly joined_at: string;
  }[];
}
interface Message extends Told {
  readonly seq: number;
  readonly system?: object;
}

const PAGE = 100;
async function* users(operator: Operator): AsyncGenerator<Line> {
  for (let cursor = ""; ;) {
    const page = await operator.ask<User[]>(
      "GET",
      `/users?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { user_id, username, email, created_at } of page)
      yield { type: "user", key: userKey(user_id), username, ...(email ? { email } : {}), created_at };
    cursor = page.at(-1)?.cursor ?? "";
    if (page.length < PAGE) return;
  }
}

async function* conversation(operator: Operator, c: Conversation): AsyncGenerator<Line> {
  yield conversationLine(c, c.members);
  for (let after = 0; ;) {
    const page = await operator.ask<Message[]>(
      "GET",
      `/admin/export/conversations/${c._id}/messages?after=${after}&limit=${PAGE}`,
    );
    for (const message of page) yield messageLine(c._id, message);
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}

/** @param only the id of one conversation; all where left out */
export async function* everything(operator: Operator, only?: string): AsyncGenerator<Line> {
  yield* users(operator);
  for (let after = ""; ;) {
    const page = await operator.ask<Conversation[]>(
      "GET",
      `/admin/export/conversations?limit=50${after && `&after=${after}`}`,
    );
    for (const c of page) if (only === undefined || c._id === only) yield* conversation(operator, c);
    after = page.at(-1)?._id ?? "";
    if (page.length < 50) return;
  }
}
