/**
 * GET /users/me/export/all: the account with all conversations that it is in, and its files, as JSON Lines. It reads by the
 * caller's own doors, a page at a time, so that nobody gets more than they may see, and nothing more than a page is in memory;
 * with the time that others leave.
 */
import { type ServiceBroker } from "moleculer";
import { type ActionName, type Params, type Result } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { badField, codeOf, fail, toWire } from "../../../contracts/errors";
import { type Member } from "../../../contracts/shapes";
import { conversationLine, formatLine, messageLine, userKey } from "../../../platform/archive";
import { call } from "../../../platform/bus";
import { BESIDE_PEOPLE, Pace } from "../../../platform/facts/pace";
import { fileStoreOf } from "../../../platform/files";
import { callerAnew } from "./auth";
import { type Door, type Exchange, type Response } from "./door";
import { breakOff, writeOut } from "./streamed";

/** Messages, and members, in one step of a few milliseconds. */
const PAGE = 50;
const MEMBERS = 500;
/** On one node at the same time; and of one account there in an hour. */
const AT_ONCE = 4;
const AN_HOUR = 3;
const HOUR_MS = 3_600_000;

/** Who began when, of the last hour; and how many are under way. */
class Turns {
  private readonly began = new Map<number, number[]>();
  private running = 0;

  /** @throws RATE_LIMITED, UNAVAILABLE */
  take(userId: number, now = Date.now()): void {
    for (const [id, times] of this.began) if (times.every((at) => at <= now - HOUR_MS)) this.began.delete(id);
    const own = (this.began.get(userId) ?? []).filter((at) => at > now - HOUR_MS);
    const [first = now] = own;
    if (own.length >= AN_HOUR)
      throw fail("RATE_LIMITED", `No more than ${AN_HOUR} exports in an hour.`, {
        retryAfterMs: first + HOUR_MS - now,
      });
    if (this.running >= AT_ONCE) throw fail("UNAVAILABLE", "Others are exporting now; try again in a few minutes.");
    this.running++;
    this.began.set(userId, [...own, now]);
  }
  end(): void {
    this.running--;
  }
}
const turns = new WeakMap<ServiceBroker, Turns>();

function turnsOf(broker: ServiceBroker): Turns {
  const known = turns.get(broker) ?? new Turns();
  turns.set(broker, known);
  return known;
}

type Line = { readonly type: string } & Readonly<Record<string, unknown>>;

class Export {
  private readonly pace = new Pace(() => BESIDE_PEOPLE);
  private readonly known = new Set<number>();
  private messages = 0;
  private bytes = 0;

  constructor(
    private readonly x: Exchange,
    private readonly withFiles: boolean,
  ) {}

  async *lines(account: Result<"users.export">): AsyncGenerator<Line> {
    const { user } = account;
    yield formatLine;
    this.known.add(user.user_id);
    const { user_id, username, email, created_at } = user;
    yield { type: "user", key: userKey(user_id), username, ...(email ? { email } : {}), created_at };
    yield { type: "account", ...account };
    for (const conversationId of await this.ask("chat.mine", {})) {
      await callerAnew(this.x.broker, this.x.req); // a session that ended meanwhile reads no more
      yield* this.conversation(conversationId);
    }
    yield { type: "end", messages: this.messages, bytes: this.bytes };
  }

  private async ask<N extends ActionName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.pace.run(() => call(this.x.ctx, name, params, { meta: this.x.meta }));
  }

  private async *conversation(conversationId: string): AsyncGenerator<Line> {
    const found = await this.ask("chat.get", { conversationId }).catch(unlessGone);
    if (!found) return;
    const members: Member[] = [];
    for (let after: number | undefined; ;) {
      const page = await this.ask("chat.members", { conversationId, limit: MEMBERS, ...(after ? { after } : {}) });
      members.push(...page);
      after = page.at(-1)?.userId;
      if (page.length < MEMBERS) break;
    }
    for (const { userId, username } of members) yield* this.user(userId, username);
    yield { ...conversationLine(found, members) };
    yield* this.history(conversationId);
  }

  private async *history(conversationId: string): AsyncGenerator<Line> {
    for (let after = 0; ;) {
      const page = await this.ask("chat.messages", { conversationId, limit: PAGE, after });
      const inOrder = page.reverse();
      const strangers = inOrder.map((m) => m.sender_id).filter((id) => !this.known.has(id));
      if (strangers.length)
        for (const { user_id, username } of await this.ask("users.batch", { ids: [...new Set(strangers)] }))
          yield* this.user(user_id, username);
      for (const message of inOrder) {
        // What the system told is no message of anybody.
        if (message.type !== "system") yield { ...messageLine(conversationId, message) };
        for (const file of message.files ?? []) yield* this.file(file);
        this.messages++;
      }
      after = inOrder.at(-1)?.seq ?? after;
      if (!inOrder.length) return;
    }
  }

  private *user(id: number, username: string): Generator<Line> {
    if (this.known.has(id)) return;
    this.known.add(id);
    yield { type: "user", key: userKey(id), username };
  }

  /** Its bytes in pieces, each a line: a file of any size takes no memory. */
  private async *file({
    url,
    name,
    mime,
    size,
  }: {
    url: string;
    name: string;
    mime: string;
    size: number;
  }): AsyncGenerator<Line> {
    yield { type: "file", key: url, name, mime, size };
    if (!this.withFiles) return;
    const opened = await this.ask("uploads.open", { id: url.slice("/files/".length) }).catch(unlessGone);
    if (!opened) return;
    let at = 0;
    for await (const piece of (await fileStoreOf(this.x.broker).read(opened.key)) as AsyncIterable<Buffer>) {
      yield { type: "bytes", file: url, at, base64: piece.toString("base64") };
      at += piece.length;
    }
    this.bytes += at;
  }
}

/** Left, deleted or taken back while this was written. */
function unlessGone(error: unknown): undefined {
  if (!["NOTFOUND", "FORBIDDEN"].includes(codeOf(error))) throw error;
}

async function write(res: Response, line: Line): Promise<void> {
  if (res.destroyed) throw fail("UNAVAILABLE", "Nobody reads on.");
  await writeOut(res, `${JSON.stringify(line)}\n`);
}

function filesOf(query: Exchange["query"]): boolean {
  const { files = "yes" } = query;
  if (files !== "yes" && files !== "no") throw badField("files", "enumValue", "`files` is yes or no.");
  return files === "yes";
}

async function handle(x: Exchange): Promise<void> {
  const { broker, ctx, res, query, meta } = x;
  const { userId } = x.caller as Caller;
  const withFiles = filesOf(query);
  turnsOf(broker).take(userId);
  try {
    // Who may, and the line in the audit log: as of what the accounts keep.
    const account = await call(ctx, "users.export", {}, { meta });
    res.writeHead(200, {
      "Content-Type": "application/jsonl; charset=utf-8",
      "Content-Disposition": 'attachment; filename="export.jsonl"',
      "Cache-Control": "no-store",
    });
    for await (const line of new Export(x, withFiles).lines(account)) await write(res, line);
    res.end();
  } catch (error) {
    if (!res.headersSent) throw error;
    breakOff(res, `${JSON.stringify({ type: "error", ...toWire(error) })}\n`);
  } finally {
    turnsOf(broker).end();
  }
}

export const exportDoors: readonly Door[] = [{ method: "GET", path: "/users/me/export/all", access: "user", handle }];
