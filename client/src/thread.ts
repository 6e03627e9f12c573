/** The replies to one message: loaded page by page, and those that come meanwhile. */
import { Computed, type Readable } from "./observable";
import { type Message, type ThreadSummary } from "./protocol";
import { type Room } from "./room";
import { type Core } from "./wire";

const PAGE = 50;

/** The replies to one message, oldest first. */
export class Thread implements Readable<readonly Message[]> {
  private readonly found = new Map<number, Message>();
  private readonly list: Computed<readonly Message[]>;
  private unhear: (() => void) | undefined;
  private upTo = 0;
  private all = false;

  /** @internal */
  constructor(
    readonly messageId: string,
    private readonly room: Room,
    private readonly core: Core,
  ) {
    const inOrder = (): Message[] => [...this.found.values()].sort((a, b) => a.seq - b.seq);
    this.list = new Computed<readonly Message[]>(inOrder, undefined, (watched) =>
      watched ? this.open() : this.unhear?.(),
    );
  }

  /** Those that are loaded. */
  get value(): readonly Message[] {
    return this.list.value;
  }

  /** True until the newest reply is here. */
  get hasMore(): boolean {
    return !this.all;
  }

  /** The first page is loaded when somebody looks. */
  subscribe(run: (messages: readonly Message[]) => void): () => void {
    return this.list.subscribe(run);
  }

  /** The next page. @throws AnyChatError */
  async loadMore(): Promise<void> {
    const after = this.upTo > 0 ? { after: this.upTo } : {};
    const page = await this.core.ask("message:thread", { messageId: this.messageId, limit: PAGE, ...after });
    for (const message of page) this.put(message);
    this.upTo = Math.max(this.upTo, ...page.map(({ seq }) => seq));
    this.all = page.length < PAGE;
  }

  /** How many replies it has, the last one, who, and what is unread. @throws AnyChatError */
  async summary(): Promise<ThreadSummary | undefined> {
    const [summary] = await this.core.ask("message:thread-summary", { messageIds: [this.messageId] });
    return summary;
  }

  /** To be told of replies or not, whatever one has written here. @throws AnyChatError */
  async follow(following = true): Promise<void> {
    await this.core.ask("message:follow", { messageId: this.messageId, following });
  }

  private open(): void {
    this.unhear = this.room.events.on("messages", (message) => {
      if (message?.reply_to?.message_id === this.messageId) this.put(message);
    });
    if (this.upTo === 0) void this.loadMore().catch(() => undefined); // whoever looks may ask for more again
  }

  private put(message: Message): void {
    const known = this.found.get(message.seq);
    if (known && known.version > message.version) return;
    this.found.set(message.seq, message);
    this.list.invalidate();
  }
}
