/**
 * What waits to be sent: kept before it is tried, in order within its conversation, tried with one `clientId` until the
 * server has it or refuses it. Dying between any two steps leaves it here, and trying it again is the same message.
 */
import { type Clock } from "./clock";
import { Courier } from "./courier";
import { ChatError, unavailable } from "./error";
import { type UploadOptions } from "./files";
import { bodyOf, Entry, type EntryOwner, isStored, urlsOf } from "./outbox-entry";
import { type Draft, newClientId, type Outgoing, type PendingMessage, type StoredOutgoing } from "./outgoing";
import { type Persistence } from "./persistence";
import { type Message, type UploadedFile } from "./protocol";

export interface OutboxDoors {
  readonly clock: Clock;
  readonly persistence: Persistence;
  readonly keepsFiles: boolean;
  me(): number;
  /** Settles when there is a connection; rejects when there will be none. */
  connected(): Promise<void>;
  send(params: Record<string, unknown>): Promise<Message>;
  upload(file: Blob, options: UploadOptions): Promise<UploadedFile>;
  /** The server has it. */
  arrived(message: Message): void;
  changed(conversationId: string): void;
  /** Taken back here: nor may another tab send it, which has it from the same storage. */
  discarded(clientId: string): void;
}

/** Once a session holds so many, more are refused. */
const MOST = 1_000;

const keyOf = (clientId: string): string => `o/${clientId}`;

export class Outbox implements EntryOwner {
  private readonly entries = new Map<string, Entry>();
  private readonly courier: Courier;
  private order = 0;

  constructor(private readonly doors: OutboxDoors) {
    this.courier = new Courier({
      clock: doors.clock,
      connected: () => doors.connected(),
      send: (params) => doors.send(params),
      upload: (file, options) => doors.upload(file, options),
      next: (conversationId) => this.of(conversationId).find(({ state }) => state !== "failed"),
      waits: (entry) => this.entries.get(entry.clientId) === entry,
      sent: (entry, message) => {
        doors.arrived(message);
        this.done(entry, message);
      },
      keep: (entry) => this.keep(entry),
      changed: (conversationId) => doors.changed(conversationId),
    });
  }

  /** Takes up what an earlier process has left. */
  restore(records: Iterable<[string, unknown]>): void {
    const kept = [...records]
      .filter(([key, value]) => key.startsWith("o/") && isStored(value))
      .map(([, value]) => value as StoredOutgoing)
      .sort((a, b) => a.order - b.order);
    for (const body of kept) {
      if (this.entries.has(body.clientId)) continue;
      const entry = new Entry(this, body);
      entry.tellStored(true);
      this.order = Math.max(this.order, body.order);
      this.entries.set(body.clientId, entry);
      this.doors.changed(body.conversationId);
    }
  }

  /** Sends all that waits. */
  flush(): void {
    for (const { body } of this.entries.values()) void this.courier.work(body.conversationId);
  }

  get size(): number {
    return this.entries.size;
  }

  send(conversationId: string, draft: Draft): Outgoing {
    const clientId = draft.clientId ?? newClientId();
    const known = this.entries.get(clientId);
    if (known) return known;
    if (this.entries.size >= MOST) throw new ChatError("TOO_LARGE", `${MOST} messages wait to be sent already.`);
    const entry = new Entry(this, bodyOf(draft, conversationId, clientId, ++this.order, this.doors.clock.now()));
    this.entries.set(clientId, entry);
    this.doors.changed(conversationId);
    void this.keep(entry).then((stored) => {
      entry.tellStored(stored);
      return this.courier.work(conversationId);
    });
    return entry;
  }

  /** A message of one's own, from wherever: what waited for it waits no more. */
  settle(message: Message): void {
    const entry = message.clientId === undefined ? undefined : this.entries.get(message.clientId);
    if (!entry || entry.body.conversationId !== message.conversation_id || message.sender_id !== this.doors.me())
      return;
    this.done(entry, message);
  }

  retry(entry: Entry): void {
    if (entry.state !== "failed" || this.entries.get(entry.clientId) !== entry) return;
    entry.state = "queued";
    entry.error = undefined;
    const { failed: _failed, ...body } = entry.body;
    entry.body = body;
    this.doors.changed(body.conversationId);
    void this.keep(entry).then(() => this.courier.work(body.conversationId));
  }

  /** What waits in a conversation under this key. */
  find(conversationId: string, clientId: string): Entry | undefined {
    const entry = this.entries.get(clientId);
    return entry?.body.conversationId === conversationId ? entry : undefined;
  }

  discard(entry: Entry): void {
    if (this.entries.get(entry.clientId) !== entry) return;
    this.doors.discarded(entry.clientId);
    this.takeBack(entry);
  }

  /** Another tab has discarded it. */
  discardedElsewhere(clientId: string): void {
    const entry = this.entries.get(clientId);
    if (entry) this.takeBack(entry);
  }

  private takeBack(entry: Entry): void {
    this.forget(entry);
    entry.takenBack.abort();
    entry.state = "failed";
    entry.fail(unavailable("It was discarded."));
  }

  /** What a conversation shows behind its messages. */
  pendingOf(conversationId: string): PendingMessage[] {
    return this.of(conversationId).map((entry) => entry.shown(this.doors.me()));
  }

  /** Forgets all, in memory. */
  clear(): void {
    this.stop();
    this.entries.clear();
  }

  /** What is under way ends; what waits is kept, for the next time. */
  close(): void {
    this.courier.close();
    this.stop();
  }

  private stop(): void {
    for (const entry of this.entries.values()) entry.takenBack.abort();
  }

  /** In the order in which they were said. */
  private of(conversationId: string): Entry[] {
    return [...this.entries.values()]
      .filter(({ body }) => body.conversationId === conversationId)
      .sort((a, b) => a.body.order - b.body.order);
  }

  private done(entry: Entry, message: Message): void {
    if (this.entries.get(entry.clientId) !== entry) return;
    this.forget(entry);
    entry.state = "sent";
    entry.settle(message);
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.clientId);
    void this.doors.persistence.remove(keyOf(entry.clientId));
    this.doors.changed(entry.body.conversationId);
  }

  /** Files that the storage can't keep are kept in memory alone, and the message with them. */
  private keep({ clientId, body }: Entry): Promise<boolean> {
    const unsaved = !this.doors.keepsFiles && body.files.some(({ url }) => url === undefined);
    if (unsaved) return Promise.resolve(false);
    const files = this.doors.keepsFiles ? body.files : [];
    const attachments = this.doors.keepsFiles ? body.attachments : [...body.attachments, ...urlsOf(body)];
    return this.doors.persistence.write(keyOf(clientId), { ...body, files, attachments });
  }
}
