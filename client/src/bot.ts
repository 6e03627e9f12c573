/**
 * A bot: commands, mentions, messages. Each message is handled at least once, also across restarts, and what the bot
 * says to it is said once: an answer carries a key made of the message that it answers.
 */
import { Chat } from "./chat";
import { type ChatOptions } from "./options";
import { type Conversation } from "./conversation";
import { type Message } from "./protocol";
import { Emitter } from "./observable";
import { type Outgoing } from "./outgoing";

/** A message that a bot handles. */
export interface BotMessage {
  readonly message: Message;
  /** Of a command: what stands behind it; else the whole text. */
  readonly text: string;
  readonly conversation: Conversation;
  /** Says it in the same conversation, once, however often the handler runs. */
  readonly reply: (text: string) => Outgoing;
}
type Handler = (event: BotMessage) => unknown;

/** What a bot can be told of. */
export interface BotEvents {
  /** The bot's name or id is mentioned. */
  mention: BotMessage;
  /** Anything that is said, but by the bot itself, and commands that it knows. */
  message: BotMessage;
  /** A handler failed again and again, or the storage does. */
  error: { readonly error: unknown };
}

/** What a bot is made with. */
export interface BotOptions extends ChatOptions {
  /** What commands begin with; "/" where left out. */
  readonly prefix?: string;
  /** Whether wishes to talk are accepted; true where left out. */
  readonly acceptRequests?: boolean;
}

/** A bot: commands, mentions, messages, each handled at least once. */
export class Bot {
  /** The client that it speaks through. */
  readonly chat: Chat;
  private readonly commands = new Map<string, Handler>();
  private readonly handlers = new Emitter<BotEvents>();

  constructor(private readonly options: BotOptions) {
    this.chat = new Chat({ begin: "unread", ...options });
    this.chat.on("message:created", async (message) => {
      await this.take(message);
      // The server, too, knows how far it got: so it goes on from there where it has no storage.
      this.chat.conversation(message.conversation_id)?.read(message.seq);
    });
    this.chat.on("error", ({ error }) => this.handlers.emit("error", { error }));
  }

  /** `/name rest of the text`. */
  command(name: string, run: Handler): this {
    this.commands.set(name.toLowerCase(), run);
    return this;
  }

  /** Several may listen to one event. */
  on<E extends keyof BotEvents>(event: E, run: (payload: BotEvents[E]) => unknown): this {
    this.handlers.on(event, run);
    return this;
  }

  /** Connects, and handles what was said while it was away. @throws AnyChatError where the token is refused */
  async start(): Promise<this> {
    if (this.options.acceptRequests !== false) this.chat.requests.subscribe((requests) => this.accept(requests));
    await this.chat.connect();
    return this;
  }

  /** Handles nothing more; goes on from here at the next start, where there is a storage. */
  stop(): Promise<void> {
    return this.chat.close();
  }

  private accept(requests: readonly { readonly _id: string }[]): void {
    for (const { _id } of requests)
      this.chat
        .conversation(_id)
        ?.accept()
        .catch((error: unknown) => this.handlers.emit("error", { error }));
  }

  private async take(message: Message): Promise<void> {
    const me = this.chat.me?.user_id;
    const conversation = this.chat.conversation(message.conversation_id);
    if (!conversation || message.sender_id === me || message.type === "system" || message.deleted_at) return;
    const command = this.commandOf(message.content);
    if (command) return this.run([command.run], message, command.text, conversation);
    const mentioned = me !== undefined && message.mentions.includes(me);
    const runs = [...this.handlers.of("message"), ...(mentioned ? this.handlers.of("mention") : [])];
    await this.run(runs, message, message.content, conversation);
  }

  private commandOf(content: string): { run: Handler; text: string } | undefined {
    const { prefix = "/" } = this.options;
    if (!content.startsWith(prefix)) return undefined;
    const [name = ""] = content.slice(prefix.length).split(/\s/, 1);
    const run = this.commands.get(name.toLowerCase());
    return run && { run, text: content.slice(prefix.length + name.length).trim() };
  }

  private async run(runs: readonly Handler[], message: Message, text: string, conversation: Conversation) {
    for (const [which, run] of runs.entries()) {
      const said: Outgoing[] = [];
      await run({
        message,
        text,
        conversation,
        reply: (words) => {
          const clientId = `re:${message._id}:${which}:${said.length}`;
          const outgoing = conversation.send({ text: words, clientId });
          said.push(outgoing);
          return outgoing;
        },
      });
      // Kept before the message counts as handled: an answer is not lost with the process.
      await Promise.all(said.map(({ stored }) => stored));
    }
  }
}

/** A bot for one API token. Does nothing until `start`. */
export const createBot = (options: BotOptions): Bot => new Bot(options);
