/** What is to happen at a time: messages that are sent then, and reminders to oneself. */
import { type ParamsOf } from "./questions";
import { newClientId } from "./outgoing";
import { type Readable, Writable } from "./observable";
import { type Plans, type Reminder, type ScheduledMessage } from "./protocol";
import { type ChatAsk } from "./wire";

/** A message that is sent at a time; its files are there already (`chat.upload`). */
export type ScheduledDraft = Omit<ParamsOf<"/chat", "message:schedule">, "conversationId" | "at" | "clientId">;
/** What is left out stays. */
export type ScheduledChange = Omit<ParamsOf<"/chat", "message:reschedule">, "scheduledId" | "at"> & { at?: Date };

/** What of one's own waits for its time; the next first. */
export interface Waiting {
  readonly scheduled: readonly ScheduledMessage[];
  readonly reminders: readonly Reminder[];
}
const NOTHING: Waiting = { scheduled: [], reminders: [] };
/** Items that are over may be told of once more by what was said before. */
const REMEMBERED = 1_000;

const inOrder = <T extends ScheduledMessage | Reminder>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a._id < b._id ? -1 : 1));
const without = <T extends { _id: string }>(items: readonly T[], id: string): T[] =>
  items.filter(({ _id }) => _id !== id);

/** What is to happen at a time, as `chat.later`. */
export class Later {
  private readonly known = new Writable<Waiting>(NOTHING);
  private readonly over = new Set<string>();
  /** Of what is known; none once anything was told beside it. */
  private tag = "";
  private turns = 0;

  /** @internal */
  constructor(private readonly ask: ChatAsk) {}

  /** All that waits, as all devices have it; what was refused when its time had come is in it with its `error`. */
  get waiting(): Readable<Waiting> {
    return this.known;
  }

  /** Sends a message at a time, whether one is there then or not. @throws AnyChatError */
  send(conversationId: string, draft: ScheduledDraft | string, at: Date): Promise<ScheduledMessage> {
    const what = typeof draft === "string" ? { content: draft } : draft;
    const key = { conversationId, at: at.toISOString(), clientId: newClientId() };
    return this.ask("message:schedule", { ...what, ...key }).then((made) => this.scheduled(made));
  }

  /** Those that wait, and those that were refused when their time had come (`error`). @throws AnyChatError */
  messages(conversationId?: string): Promise<ScheduledMessage[]> {
    return this.ask("message:schedules", conversationId === undefined ? {} : { conversationId });
  }

  /** @throws AnyChatError, `CONFLICT` while it is being sent */
  change(scheduledId: string, { at, ...change }: ScheduledChange): Promise<ScheduledMessage> {
    const moment = at === undefined ? {} : { at: at.toISOString() };
    return this.ask("message:reschedule", { scheduledId, ...change, ...moment }).then((one) => this.scheduled(one));
  }

  /** @throws AnyChatError, `CONFLICT` while it is being sent */
  async cancel(scheduledId: string): Promise<void> {
    await this.ask("message:unschedule", { scheduledId });
    this.ended(scheduledId);
  }

  /** Reminds oneself of a message, by a text, or both; the bell rings then. @throws AnyChatError */
  remind(of: { messageId?: string; text?: string }, at: Date): Promise<Reminder> {
    const params = { ...of, at: at.toISOString(), clientId: newClientId() };
    return this.ask("reminder:create", params).then((made) => this.reminding(made));
  }

  /** Those to come. @throws AnyChatError */
  reminders(): Promise<Reminder[]> {
    return this.ask("reminder:list", {});
  }

  /** @throws AnyChatError */
  async forget(reminderId: string): Promise<void> {
    await this.ask("reminder:delete", { reminderId });
    this.ended(reminderId);
  }

  /** @internal Told by an ack or an event, which may come in any order. */
  scheduled(one: ScheduledMessage): ScheduledMessage {
    const { scheduled, reminders } = this.known.value;
    const before = scheduled.find(({ _id }) => _id === one._id);
    if (this.over.has(one._id) || (before && before.updated_at > one.updated_at)) return one;
    this.turn({ scheduled: inOrder([...without(scheduled, one._id), one]), reminders });
    return one;
  }

  /** @internal */
  reminding(one: Reminder): Reminder {
    const { scheduled, reminders } = this.known.value;
    if (!this.over.has(one._id)) this.turn({ scheduled, reminders: inOrder([...without(reminders, one._id), one]) });
    return one;
  }

  /** @internal Sent, due, or taken back. */
  ended(id: string): void {
    this.over.add(id);
    const [oldest] = this.over;
    if (this.over.size > REMEMBERED && oldest !== undefined) this.over.delete(oldest);
    const { scheduled, reminders } = this.known.value;
    this.turn({ scheduled: without(scheduled, id), reminders: without(reminders, id) });
  }

  /** @internal Before `sync` is asked: what it is asked with, and what takes its answer. False: it has to be asked again. */
  asking(): { readonly tag: string; readonly take: (plans: Plans | undefined) => boolean } {
    const { tag, turns } = this;
    const take = (plans: Plans | undefined): boolean => {
      if (!plans) return true;
      if (turns !== this.turns) return false; // what was told meanwhile may not be in it
      const { scheduled, reminders } = plans;
      this.known.set({ scheduled, reminders });
      this.tag = plans.tag;
      return true;
    };
    return { tag, take };
  }

  /** @internal */
  clear(): void {
    this.over.clear();
    this.turn(NOTHING);
  }

  private turn(next: Waiting): void {
    this.turns += 1;
    this.tag = "";
    this.known.set(next);
  }
}
