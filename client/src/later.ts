/** What is to happen at a time: messages that are sent then, and reminders to oneself. */
import { type ParamsOf } from "./connection";
import { newClientId } from "./outgoing";
import { type Reminder, type ScheduledMessage } from "./protocol";
import { type ChatAsk } from "./wire";

/** A message that is sent at a time; its files are there already (`chat.upload`). */
export type ScheduledDraft = Omit<ParamsOf<"/chat", "message:schedule">, "conversationId" | "at" | "clientId">;
/** What is left out stays. */
export type ScheduledChange = Omit<ParamsOf<"/chat", "message:reschedule">, "scheduledId" | "at"> & { at?: Date };

/** What is to happen at a time, as `chat.later`. */
export class Later {
  /** @internal */
  constructor(private readonly ask: ChatAsk) {}

  /** Sends a message at a time, whether one is there then or not. @throws AnyChatError */
  send(conversationId: string, draft: ScheduledDraft | string, at: Date): Promise<ScheduledMessage> {
    const what = typeof draft === "string" ? { content: draft } : draft;
    const key = { conversationId, at: at.toISOString(), clientId: newClientId() };
    return this.ask("message:schedule", { ...what, ...key });
  }

  /** Those that wait, and those that were refused when their time had come (`error`). @throws AnyChatError */
  messages(conversationId?: string): Promise<ScheduledMessage[]> {
    return this.ask("message:schedules", conversationId === undefined ? {} : { conversationId });
  }

  /** @throws AnyChatError, `CONFLICT` while it is being sent */
  change(scheduledId: string, { at, ...change }: ScheduledChange): Promise<ScheduledMessage> {
    const moment = at === undefined ? {} : { at: at.toISOString() };
    return this.ask("message:reschedule", { scheduledId, ...change, ...moment });
  }

  /** @throws AnyChatError, `CONFLICT` while it is being sent */
  async cancel(scheduledId: string): Promise<void> {
    await this.ask("message:unschedule", { scheduledId });
  }

  /** Reminds oneself of a message, by a text, or both; the bell rings then. @throws AnyChatError */
  remind(of: { messageId?: string; text?: string }, at: Date): Promise<Reminder> {
    return this.ask("reminder:create", { ...of, at: at.toISOString(), clientId: newClientId() });
  }

  /** Those to come. @throws AnyChatError */
  reminders(): Promise<Reminder[]> {
    return this.ask("reminder:list", {});
  }

  /** @throws AnyChatError */
  async forget(reminderId: string): Promise<void> {
    await this.ask("reminder:delete", { reminderId });
  }
}
