/** What one does to the messages of a conversation. */
import { newClientId } from "./outgoing";
import { type Message, type ThreadSummary } from "./protocol";
import { type ParamsOf, type ResultOf } from "./questions";
import { type SearchOptions } from "./options";
import { type Room } from "./room";
import { Thread } from "./thread";
import { type Core } from "./wire";

/** Null takes a key away, or all of it. */
export type CustomChange = Record<string, unknown> | null;
/** A message, or its id. */
export type MessageRef = Pick<Message, "_id"> | string;
const idOf = (message: MessageRef): string => (typeof message === "string" ? message : message._id);

/** What one does to the messages of a conversation; every conversation has it. */
export abstract class MessageActions {
  /** @internal */
  constructor(
    readonly room: Room,
    protected readonly core: Core,
  ) {}

  /** Changes a message of one's own. CONFLICT where it was changed meanwhile. @throws AnyChatError */
  async edit(message: Pick<Message, "_id" | "version">, text: string, custom?: CustomChange): Promise<Message> {
    const { _id: messageId, version } = message;
    const more = custom === undefined ? {} : { custom };
    return this.take(await this.core.ask("message:edit", { messageId, content: text, version, ...more }));
  }

  /** For all, or for oneself alone. @throws AnyChatError */
  async delete(message: MessageRef, { forMe = false } = {}): Promise<void> {
    const messageId = idOf(message);
    await this.core.ask("message:delete", { messageId, forMe });
    const known = this.room.timeline.get(messageId);
    if (!known) return;
    if (forMe) this.room.forgetOwn({ cleared_seq: 0, deleted_seqs: [known.seq] });
    else this.room.deleted({ messageId, seq: known.seq });
  }

  /** One emoji, or a name that the server registers. @throws AnyChatError */
  async react(message: MessageRef, emoji: string): Promise<Message> {
    return this.take(await this.core.ask("message:react", { messageId: idOf(message), emoji }));
  }

  /** Takes a reaction back. @throws AnyChatError */
  async unreact(message: MessageRef, emoji: string): Promise<Message> {
    return this.take(await this.core.ask("message:unreact", { messageId: idOf(message), emoji }));
  }

  /** Asks the others; the message has the counts. @throws AnyChatError */
  async poll(poll: NonNullable<ParamsOf<"/chat", "message:send">["poll"]>): Promise<Message> {
    const params = { conversationId: this.room.id, poll, clientId: newClientId() };
    return this.take(await this.core.ask("message:send", params));
  }

  /** By the places of the options, instead of what one chose before; none take the vote back. @throws AnyChatError */
  async vote(message: MessageRef, ...options: number[]): Promise<Message> {
    return this.take(await this.core.ask("poll:vote", { messageId: idOf(message), options }));
  }

  /** What one chose oneself, also in an anonymous poll. @throws AnyChatError */
  async ownVote(message: MessageRef): Promise<number[]> {
    return (await this.core.ask("poll:own", { messageId: idOf(message) })).options;
  }

  /** @throws AnyChatError */
  async closePoll(message: MessageRef): Promise<Message> {
    return this.take(await this.core.ask("poll:close", { messageId: idOf(message) }));
  }

  /** For oneself, on all of one's devices. @throws AnyChatError */
  async save(message: MessageRef, saved = true): Promise<void> {
    await this.core.ask(saved ? "message:save" : "message:unsave", { messageId: idOf(message) });
  }

  /** For all. @throws AnyChatError */
  async pin(message: MessageRef, pinned = true): Promise<Message> {
    const event = pinned ? "message:pin" : "message:unpin";
    return this.take(await this.core.ask(event, { messageId: idOf(message) }));
  }

  /** Pinned messages, the newest pin first. @throws AnyChatError */
  pins(): Promise<Message[]> {
    return this.core.ask("message:pins", { conversationId: this.room.id });
  }

  /** Says here what somebody said elsewhere; the same `clientId` is the same message. @throws AnyChatError */
  async forward(message: MessageRef, clientId = newClientId()): Promise<Message> {
    const params = { messageId: idOf(message), conversationId: this.room.id, clientId };
    return this.take(await this.core.ask("message:forward", params));
  }

  /** What an edited message said before, oldest first; empty once it is deleted. @throws AnyChatError */
  history(message: MessageRef): Promise<ResultOf<"/chat", "message:history">> {
    return this.core.ask("message:history", { messageId: idOf(message) });
  }

  /** How far a message got with each recipient. @throws AnyChatError */
  receipts(message: MessageRef): Promise<ResultOf<"/chat", "message:status:get">> {
    return this.core.ask("message:status:get", { messageId: idOf(message) });
  }

  /** The replies to one message. */
  thread(message: MessageRef): Thread {
    return new Thread(idOf(message), this.room, this.core);
  }

  /** Of the threads below up to 100 messages: how many replies, the last one, who, what is unread. @throws AnyChatError */
  threads(messages: readonly MessageRef[]): Promise<ThreadSummary[]> {
    return this.core.ask("message:thread-summary", { messageIds: messages.map(idOf) });
  }

  /** Without a text by what else is given. @throws AnyChatError */
  search(query: string, options: SearchOptions = {}): Promise<{ messages: Message[]; total: number }> {
    const words = query === "" ? {} : { query };
    return this.core.ask("message:search", { ...options, ...words, conversationId: this.room.id });
  }

  private take(message: Message): Message {
    this.room.apply(message);
    return message;
  }
}
