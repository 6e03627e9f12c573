/**
 * Does what is due, once: whoever has it in hand claims it for a while, and a message has its key, so that a node may die
 * at any moment and another does what is left. Users take turns; what can't be done now is tried again.
 */
import { type Service } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { customOf } from "../../../contracts/custom";
import { codeOf, type ErrorCode, fail, toWire } from "../../../contracts/errors";
import { type Message } from "../../../contracts/shapes";
import { told } from "../../../contracts/told";
import { emitToUsers } from "../../../mixins/delivery";
import { call } from "../../../platform/bus";
import { publishFact } from "../../../platform/facts";
import { type Bounds, FairSlots } from "../../../platform/fair-slots";
import { type LaterDoc } from "./documents";
import { type Stores } from "../host/stores";
import { type Names } from "../people/names";
import { scheduledView } from "./views";

const EVERY_MS = 1_000;
/** Longer than a send may take. */
const CLAIM_MS = 60_000;
const LONGEST_REST_MS = 60_000;
/** A bug is not tried for ever. */
const BUGS = 5;
const PAGE = 200;
const BOUNDS: Bounds = { atOnce: 16, atOnceEach: 2, waitingEach: PAGE, waiting: PAGE, patience: CLAIM_MS };

const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["UNAVAILABLE", "RATE_LIMITED"]);

export class DueItems {
  private readonly slots = new FairSlots(BOUNDS);
  private readonly inHand = new Map<string, Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private looking = false;
  private stopped = false;

  constructor(
    private readonly service: Service,
    private readonly stores: Stores,
    private readonly names: Names,
    /** True where this node is the one for a key. */
    private readonly hosts: (key: string) => boolean,
  ) {
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.all(this.inHand.values());
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const due = { due_at: { $lte: new Date() } };
      const docs = await this.stores.later.find(due, { sort: [["due_at", 1]], limit: PAGE });
      for (const doc of docs) if (!this.stopped && this.hosts(`later:${doc._id}`)) this.take(doc);
    } catch (error) {
      this.service.logger.debug(`what is due waits: ${codeOf(error)}`); // the store is down; the next look finds the same
    } finally {
      this.looking = false;
    }
  }

  private take(doc: LaterDoc): void {
    if (this.inHand.has(doc._id)) return;
    const doing = this.slots
      .run(doc.user_id, () => (this.stopped ? Promise.resolve() : this.claim(doc)))
      .catch((error: unknown) => this.service.logger.debug(`${doc._id} waits: ${codeOf(error)}`))
      .finally(() => this.inHand.delete(doc._id));
    this.inHand.set(doc._id, doing);
  }

  /** From the claim on its owner changes it no more, until it is done or given back. */
  private async claim({ _id, due_at }: LaterDoc): Promise<void> {
    const claim = { claimed: true, due_at: new Date(Date.now() + CLAIM_MS) };
    if (!(await this.stores.later.updateOne({ _id, due_at }, { $set: claim }))) return;
    const doc = await this.stores.later.findOne({ _id });
    if (!doc) return;
    try {
      await (doc.kind === "message" ? this.send(doc) : this.remind(doc));
    } catch (error) {
      await this.failed(doc, error);
    }
  }

  private async send(doc: LaterDoc): Promise<void> {
    const { _id, user_id, conversation_id } = doc;
    const account = (await this.names.anew([user_id])).get(user_id)?.status ?? "deleted";
    if (account === "deleted") return void (await this.stores.later.remove({ _id }));
    if (account !== "active") throw fail("FORBIDDEN", "Your account may not send.");
    const { _id: messageId } = await this.sent(doc);
    await this.stores.later.remove({ _id });
    const news = { scheduledId: _id, conversationId: conversation_id ?? "", messageId };
    emitToUsers(this.service, "/chat", "message:unscheduled", [user_id], news);
  }

  /** As its owner would send it now: every rule is asked. */
  private async sent(doc: LaterDoc): Promise<Pick<Message, "_id">> {
    const caller: Caller = { userId: doc.user_id, sessionId: "scheduled", roles: ["user"] };
    const conversationId = doc.conversation_id ?? "";
    const { content, attachments, reply_to: replyTo, mentions } = doc;
    const clientId = doc.client_id.startsWith("auto:") ? `auto:later:${doc._id}` : doc.client_id;
    const what = { content, attachments, replyTo, mentions, custom: customOf(doc.custom), clientId };
    try {
      return await call(this.service.broker, "chat.send", { conversationId, ...what }, { meta: { caller } });
    } catch (error) {
      // It was sent, the answer was lost, and its owner changed it before it was tried again.
      const key = { conversation_id: conversationId, sender_id: doc.user_id, client_id: clientId };
      const first = codeOf(error) === "CONFLICT" ? await this.stores.messages.findOne(key) : undefined;
      if (!first) throw error;
      return first;
    }
  }

  /** Words of others are in none: they may be edited or deleted later. */
  private async remind({ _id, user_id: userId, content: text, message_id: relatedId, at }: LaterDoc): Promise<void> {
    const content = text || told.reminderOfMessage;
    const fact = { factId: _id, userId, title: told.reminder, content, relatedId, at: at.toISOString() };
    await publishFact(this.service.broker, "reminder.due", fact);
    await this.stores.later.remove({ _id });
    emitToUsers(this.service, "/chat", "reminder:deleted", [userId], { reminderId: _id });
  }

  private async failed(doc: LaterDoc, error: unknown): Promise<void> {
    const code = codeOf(error);
    const attempts = doc.attempts + 1;
    if (passing.has(code) || (code === "INTERNAL" && attempts < BUGS)) {
      const rest = Math.min(LONGEST_REST_MS, EVERY_MS * 2 ** Math.min(doc.attempts, 10));
      const again = { claimed: false, attempts, due_at: new Date(Date.now() + rest) };
      await this.stores.later.updateOne({ _id: doc._id }, { $set: again });
      return;
    }
    await this.refuse({ ...doc, attempts }, error);
  }

  /** Its owner is told, wherever they are, and finds it with its reason. */
  private async refuse(doc: LaterDoc, error: unknown): Promise<void> {
    const { code, message } = toWire(error);
    const { _id, user_id: userId, attempts, conversation_id: relatedId } = doc;
    const fact = {
      factId: `${_id}:${doc.at.getTime()}`,
      userId,
      title: told.notSent,
      content: message,
    };
    await publishFact(this.service.broker, "reminder.due", { ...fact, relatedId, at: new Date().toISOString() });
    const refused = { error: { code, message }, due_at: null, claimed: false, attempts, updated_at: new Date() };
    await this.stores.later.updateOne({ _id }, { $set: refused });
    emitToUsers(this.service, "/chat", "message:scheduled", [userId], scheduledView({ ...doc, ...refused }));
  }
}
