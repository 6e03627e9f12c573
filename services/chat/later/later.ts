/**
 * Messages that are sent at a time, and reminders, as their owner makes, changes and takes them back. Each has one of a
 * user's places, which a unique index gives out: however many are made at once, no more are there.
 */
import { createHash } from "node:crypto";
import { type Service } from "moleculer";
import { type Params } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { type Plans, type Reminder, type ScheduledMessage } from "../../../contracts/chat/later";
import { customAfter } from "../../../contracts/custom";
import { badField, fail } from "../../../contracts/errors";
import { type ServerEvents } from "../../../contracts/sockets";
import { emitToUsers } from "../../../mixins/delivery";
import { DuplicateKey, newId } from "../../../mixins/documents";
import { type Ctx } from "../../../platform/service";
import { attach } from "../commands/attachments";
import { requestOfLater } from "../commands/request";
import { type LaterDoc } from "./documents";
import { checkContent } from "../conversation/rules/messages";
import { type StateLimits } from "../host/conversation-store";
import { type Stores } from "../host/stores";
import { membershipOf, messageFor } from "../queries/access";
import { reminderView, scheduledView } from "./views";

const YEAR_MS = 366 * 86_400_000;
/** Others of the same user that may take a place first. */
const TRIES = 20;

type Kind = LaterDoc["kind"];
type Made = Omit<LaterDoc, "_id" | "slot">;

/** @throws BAD_REQUEST */
function momentOf(at: string): Date {
  const ahead = Date.parse(at) - Date.now();
  if (ahead > 0 && ahead <= YEAR_MS) return new Date(at);
  throw badField("at", "future", "The time must be to come, within a year.");
}

/** The next first. */
const inOrder = (docs: readonly LaterDoc[]): LaterDoc[] =>
  [...docs].sort((a, b) => a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1));

const blank = (kind: Kind, userId: number, p: Params<"chat.schedule"> | Params<"chat.remind">): Made => {
  const [now, at] = [new Date(), momentOf(p.at)];
  return {
    kind,
    user_id: userId,
    client_id: p.clientId ?? `auto:${newId()}`,
    request: requestOfLater(p),
    conversation_id: null,
    message_id: null,
    content: "",
    attachments: [],
    reply_to: null,
    mentions: [],
    custom: null,
    at,
    due_at: at,
    claimed: false,
    attempts: 0,
    error: null,
    created_at: now,
    updated_at: now,
  };
};

export class Later {
  constructor(
    private readonly service: Service,
    private readonly stores: Stores,
    private readonly limits: StateLimits,
    private readonly most: number,
  ) {}

  /** @throws FORBIDDEN, NOTFOUND, BAD_REQUEST, TOO_LARGE, CONFLICT, FULL */
  async schedule(ctx: Ctx, { userId }: Caller, p: Params<"chat.schedule">): Promise<ScheduledMessage> {
    const { conversationId: conversation_id, content = "", attachments = [] } = p;
    const made = { ...blank("message", userId, p), conversation_id, content, attachments };
    checkContent(content, attachments, this.limits.content);
    await membershipOf(this.stores, userId, conversation_id);
    const custom = customAfter(null, p.custom, this.limits.custom.message);
    if (attachments.length) await attach(ctx, conversation_id, attachments);
    const doc = await this.keep({ ...made, custom, reply_to: p.replyTo ?? null, mentions: p.mentions ?? [] });
    this.tell("message:scheduled", userId, scheduledView(doc));
    return scheduledView(doc);
  }

  async scheduled(
    { userId }: Caller,
    { conversationId, limit }: Params<"chat.scheduled">,
  ): Promise<ScheduledMessage[]> {
    const docs = await this.of(
      userId,
      "message",
      conversationId === undefined ? {} : { conversation_id: conversationId },
    );
    return docs.slice(0, limit).map(scheduledView);
  }

  /** Gives the files that it has no more, too. @throws as `schedule`, CONFLICT where it is being sent */
  async reschedule(
    ctx: Ctx,
    { userId }: Caller,
    p: Params<"chat.reschedule">,
  ): Promise<{ doc: LaterDoc; dropped: string[] }> {
    const own = { _id: p.scheduledId, user_id: userId, kind: "message" as const };
    const before = await this.stores.later.findOne(own);
    if (!before) throw fail("NOTFOUND", "There is no such scheduled message.");
    const { content = before.content, attachments = before.attachments } = p;
    const at = momentOf(p.at ?? before.at.toISOString());
    checkContent(content, attachments, this.limits.content);
    const conversationId = before.conversation_id ?? "";
    await membershipOf(this.stores, userId, conversationId);
    const custom = p.custom ? customAfter(null, p.custom, this.limits.custom.message) : before.custom;
    if (p.attachments?.length) await attach(ctx, conversationId, attachments);
    const fields = { content, attachments, custom, at, due_at: at, attempts: 0, error: null, updated_at: new Date() };
    if (!(await this.stores.later.updateOne({ ...own, claimed: false }, { $set: fields }))) await this.tooLate(own);
    const doc = { ...before, ...fields };
    this.tell("message:scheduled", userId, scheduledView(doc));
    return { doc, dropped: before.attachments.filter((url) => !attachments.includes(url)) };
  }

  /** Gives what was taken back. @throws NOTFOUND, CONFLICT where it is being sent */
  async takeBack({ userId }: Caller, kind: Kind, _id: string): Promise<LaterDoc> {
    const own = { _id, user_id: userId, kind };
    const doc = await this.stores.later.findOne(own);
    if (!doc || !(await this.stores.later.remove({ ...own, claimed: false }))) return this.tooLate(own);
    const conversationId = doc.conversation_id ?? "";
    if (kind === "reminder") this.tell("reminder:deleted", userId, { reminderId: _id });
    else this.tell("message:unscheduled", userId, { scheduledId: _id, conversationId, messageId: null });
    return doc;
  }

  /** @throws FORBIDDEN, NOTFOUND, BAD_REQUEST, CONFLICT, FULL */
  async remind({ userId }: Caller, p: Params<"chat.remind">): Promise<Reminder> {
    const { messageId, text = "" } = p;
    if (messageId === undefined && !text) throw badField("text", "required", "A reminder needs a message or a text.");
    const made = blank("reminder", userId, p);
    const about = messageId === undefined ? undefined : (await messageFor(this.stores, userId, messageId)).message;
    if (about?.deleted_at) throw fail("NOTFOUND", "This message was deleted.");
    const related = about ? { message_id: about._id, conversation_id: about.conversation_id } : {};
    const doc = await this.keep({ ...made, ...related, content: text });
    this.tell("reminder:created", userId, reminderView(doc));
    return reminderView(doc);
  }

  /** All of both, unless it is what the tag stands for. */
  async plansSince(userId: number, tag: string): Promise<Plans | undefined> {
    const docs = inOrder(await this.stores.later.find({ user_id: userId }));
    const plans = {
      scheduled: docs.filter(({ kind }) => kind === "message").map(scheduledView),
      reminders: docs.filter(({ kind }) => kind === "reminder").map(reminderView),
    };
    const now = createHash("sha256").update(JSON.stringify(plans)).digest("base64url");
    return now === tag ? undefined : { tag: now, ...plans };
  }

  async reminders({ userId }: Caller, { limit }: Params<"chat.reminders">): Promise<Reminder[]> {
    return (await this.of(userId, "reminder")).slice(0, limit).map(reminderView);
  }

  /** No more than a user has places for, and so no more than fits in memory. */
  private async of(userId: number, kind: Kind, more: { conversation_id?: string } = {}): Promise<LaterDoc[]> {
    return inOrder(await this.stores.later.find({ user_id: userId, kind, ...more }));
  }

  /** In the first place that is free; what has the same key is the same. */
  private async keep(made: Made): Promise<LaterDoc> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const all = await this.of(made.user_id, made.kind);
      const same = all.find((doc) => doc.client_id === made.client_id);
      if (same && same.request !== made.request) throw fail("CONFLICT", "This clientId was used for another one.");
      if (same) return same;
      const taken = new Set(all.map((doc) => doc.slot));
      const slot = Array.from({ length: this.most }, (_, i) => i).find((i) => !taken.has(i));
      if (slot === undefined) throw fail("FULL", `At most ${this.most} may wait.`, { max: this.most });
      const doc: LaterDoc = { _id: newId(), ...made, slot };
      try {
        await this.stores.later.insert([doc]);
        return doc;
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error; // another device was faster
      }
    }
    throw fail("UNAVAILABLE", "Too many at once; try again.");
  }

  /** @throws */
  private async tooLate(own: { _id: string; user_id: number; kind: Kind }): Promise<never> {
    if (await this.stores.later.findOne(own)) throw fail("CONFLICT", "Its time has come; it is being sent.");
    throw fail(
      "NOTFOUND",
      own.kind === "message" ? "There is no such scheduled message." : "There is no such reminder.",
    );
  }

  private tell: Tell = (event, userId, payload) => emitToUsers(this.service, "/chat", event, [userId], payload);
}
type Tell = <E extends keyof ServerEvents<"/chat">>(
  event: E,
  userId: number,
  payload: ServerEvents<"/chat">[E],
) => void;
