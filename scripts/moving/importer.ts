/** Takes lines into a running system, over REST; run again after an abort it does what is left and nothing twice. */
import { createHash } from "node:crypto";
import { type Operator } from "../operators/session";
import { type ConversationLine, type Line, type Lines, type MessageLine, type UserLine } from "./format";

export interface Report {
  users: number;
  conversations: number;
  messages: number;
  /** Were there before. */
  there: number;
  readonly skipped: Map<string, number>;
}

/** JSON bodies are bounded by 100 kB. */
const MAX_BYTES = 80_000;
const MAX_MESSAGES = 200;
const MAX_USERS = 100;
const EXCERPT = 200;

/** The id of what comes from elsewhere follows from its key: so a second import finds what the first one made. */
export const idOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 24);

interface Answered {
  readonly message_id: string;
  readonly seq: number;
  readonly sender_id: number;
  readonly content: string;
}

export class Importer {
  readonly report: Report = { users: 0, conversations: 0, messages: 0, there: 0, skipped: new Map() };
  /** Who is known, by their keys. */
  readonly userIds = new Map<string, number>();
  private users: UserLine[] = [];
  private open: { line: ConversationLine; id: string; there: boolean } | undefined;
  private batch: object[] = [];
  private bytes = 0;
  private seq = 0;
  private last = 0;
  private answered = new Map<string, Answered>();

  /** Without an operator nothing is written: a dry run. */
  constructor(
    private readonly operator: Operator | undefined,
    private readonly progress: (report: Report) => void = () => undefined,
  ) {}

  async run(lines: Lines): Promise<Report> {
    for await (const line of lines) await this.take(line);
    await this.flushUsers();
    await this.close();
    return this.report;
  }

  private async take(line: Line): Promise<void> {
    if (line.type === "skipped") return this.skip(line.what, line.why);
    if (line.type === "user") {
      this.users.push(line);
      if (this.users.length >= MAX_USERS) await this.flushUsers();
      return;
    }
    await this.flushUsers();
    if (line.type === "conversation") await this.begin(line);
    else await this.message(line);
  }

  private skip(what: string, why: string): void {
    const key = `${what}: ${why}`;
    this.report.skipped.set(key, (this.report.skipped.get(key) ?? 0) + 1);
  }

  private async flushUsers(): Promise<void> {
    if (!this.users.length) return;
    const users = this.users.map(({ type: _type, ...user }) => user);
    this.users = [];
    this.report.users += users.length;
    const made = this.operator
      ? await this.operator.ask<{ key: string; user_id: number }[]>("POST", "/admin/import/users", { users })
      : users.map(({ key }, i) => ({ key, user_id: this.userIds.size + i + 1 }));
    for (const { key, user_id } of made) this.userIds.set(key, user_id);
  }

  private async begin(line: ConversationLine): Promise<void> {
    await this.close();
    const id = idOf(line.key);
    const { there } = this.operator
      ? await this.operator.ask<{ there: boolean }>("GET", `/admin/import/conversations/${id}`)
      : { there: false };
    if (there) this.report.there++;
    this.open = { line, id, there };
    this.seq = this.last = 0;
    this.answered = new Map();
  }

  private async message(line: MessageLine): Promise<void> {
    const { open } = this;
    if (open?.line.key !== line.conversation) return this.skip("message", "its conversation does not stand before it");
    if (open.there) return;
    const sender_id = this.userIds.get(line.sender);
    if (sender_id === undefined) return this.skip("message", "nobody is known who sent it");
    this.seq++;
    this.report.messages++;
    const sent = this.messageOf(line, sender_id);
    const size = Buffer.byteLength(JSON.stringify(sent));
    if (this.batch.length >= MAX_MESSAGES || this.bytes + size > MAX_BYTES) await this.flush(this.seq - 1);
    this.batch.push(sent);
    this.bytes += size;
  }

  private messageOf(line: MessageLine, sender_id: number): object {
    const _id = idOf(`${line.conversation}/${line.key}`);
    const known = (keys: readonly string[] = []): number[] => keys.flatMap((key) => this.userIds.get(key) ?? []);
    const reply = line.reply_to === undefined ? undefined : this.answered.get(line.reply_to);
    if (line.reply_to !== undefined && !reply) this.skip("reply", "what it answers is gone");
    this.answered.set(line.key, {
      message_id: _id,
      seq: this.seq,
      sender_id,
      content: [...line.content].slice(0, EXCERPT).join(""),
    });
    const reactions = Object.entries(line.reactions ?? {}).map(([emoji, keys]) => [emoji, known(keys)] as const);
    const pinned_by = line.pinned_by === undefined ? undefined : this.userIds.get(line.pinned_by);
    const { edited_at, deleted_at, pinned_at } = line;
    return {
      _id,
      sender_id,
      content: line.content,
      created_at: this.momentOf(line.created_at),
      ...(edited_at === undefined ? {} : { edited_at }),
      ...(deleted_at === undefined ? {} : { deleted_at }),
      ...(pinned_at === undefined ? {} : { pinned_at, ...(pinned_by === undefined ? {} : { pinned_by }) }),
      ...(reply ? { reply_to: reply } : {}),
      ...(line.mentions?.length ? { mentions: known(line.mentions) } : {}),
      ...(reactions.length ? { reactions: Object.fromEntries(reactions) } : {}),
    };
  }

  /** No two messages of a conversation have one time. */
  private momentOf(at: string): string {
    const time = Date.parse(at);
    if (Number.isNaN(time)) throw new Error(`${at} is no time.`);
    this.last = Math.max(time, this.last + 1);
    return new Date(this.last).toISOString();
  }

  /** @param upTo the `seq` of the last one in the batch */
  private async flush(upTo: number): Promise<void> {
    const { batch, open } = this;
    [this.batch, this.bytes] = [[], 0];
    if (!batch.length || !open) return;
    const from = upTo - batch.length + 1;
    await this.operator?.ask("POST", `/admin/import/conversations/${open.id}/messages`, { from, messages: batch });
    this.progress(this.report);
  }

  private async close(): Promise<void> {
    const { open } = this;
    if (!open || open.there) return void (this.open = undefined);
    await this.flush(this.seq);
    this.open = undefined;
    const { line, id } = open;
    const created_at = line.created_at ?? new Date(this.last || Date.now()).toISOString();
    const members = line.members.flatMap(({ user, role = "member", joined_at = created_at }) => {
      const userId = this.userIds.get(user);
      return userId === undefined ? [] : [{ userId, role, joined_at }];
    });
    if (!members.length) return this.skip("conversation", "nobody is known who is in it");
    this.report.conversations++;
    const name = line.name === undefined ? {} : { name: line.name };
    await this.operator?.ask("POST", `/admin/import/conversations/${id}`, {
      type: line.kind,
      ...name,
      created_at,
      members,
    });
  }
}
