/**
 * What waits to be sent: kept before it is tried, in order within its conversation, tried with one `clientId` until the
 * server has it or refuses it. Dying between any two steps leaves it here, and trying it again is the same message.
 */
import { backOff, type Clock, sleep } from "./clock";
import { type AnyChatError, ChatError, fromWire, toChatError, unavailable } from "./error";
import {
  type Draft,
  newClientId,
  type Outgoing,
  type OutgoingState,
  type PendingMessage,
  type StoredOutgoing,
} from "./outgoing";
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
  upload(file: Blob, onProgress: (done: number) => void): Promise<UploadedFile>;
  /** The server has it. */
  arrived(message: Message): void;
  changed(conversationId: string): void;
}

/** INTERNAL is a bug of the server; it may be gone at the next try, but not for ever. */
const BUGS = 3;
/** Once a session holds so many, more are refused. */
const MOST = 1_000;

class Entry implements Outgoing {
  state: OutgoingState = "queued";
  error: AnyChatError | undefined;
  progress: number | undefined;
  readonly clientId: string;
  readonly stored: Promise<boolean>;
  readonly sent: Promise<Message>;
  settle!: (message: Message) => void;
  fail!: (error: AnyChatError) => void;
  tellStored!: (stored: boolean) => void;
  private view: PendingMessage | undefined;

  constructor(
    readonly outbox: Outbox,
    public body: StoredOutgoing,
  ) {
    this.clientId = body.clientId;
    this.stored = new Promise((resolve) => (this.tellStored = resolve));
    this.sent = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
    this.sent.catch(() => undefined); // the state tells as much to whoever does not wait
    if (body.failed) {
      this.state = "failed";
      this.error = fromWire(body.failed);
    }
  }

  /** As it is shown; the same object as long as nothing changes. */
  shown(me: number): PendingMessage {
    const { view } = this;
    const same = view?.state === this.state && view.progress === this.progress && view.error === this.error;
    if (!view || !same || view.sender_id !== me) this.view = shown(this, me);
    return this.view as PendingMessage;
  }

  retry(): void {
    this.outbox.retry(this);
  }

  discard(): void {
    this.outbox.discard(this);
  }
}

const keyOf = (clientId: string): string => `o/${clientId}`;

export class Outbox {
  private readonly entries = new Map<string, Entry>();
  private readonly working = new Set<string>();
  private order = 0;
  private closed = false;

  constructor(private readonly doors: OutboxDoors) {}

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
    for (const { body } of this.entries.values()) void this.work(body.conversationId);
  }

  get size(): number {
    return this.entries.size;
  }

  send(conversationId: string, draft: Draft): Outgoing {
    const clientId = draft.clientId ?? newClientId();
    const known = this.entries.get(clientId);
    if (known) return known;
    if (this.entries.size >= MOST) throw new ChatError("TOO_LARGE", `${MOST} messages wait to be sent already.`);
    const entry = new Entry(this, {
      clientId,
      conversationId,
      order: ++this.order,
      createdAt: new Date(this.doors.clock.now()).toISOString(),
      content: draft.text ?? "",
      attachments: draft.attachments ?? [],
      files: (draft.files ?? []).map((blob) => ({ blob })),
      replyTo: quoteOf(draft.replyTo),
      mentions: draft.mentions ?? [],
      ...(draft.custom ? { custom: draft.custom } : {}),
    });
    this.entries.set(clientId, entry);
    this.doors.changed(conversationId);
    void this.keep(entry).then((stored) => {
      entry.tellStored(stored);
      return this.work(conversationId);
    });
    return entry;
  }

  /** A message of one's own, from wherever: what waited for it waits no more. */
  settle(message: Message): void {
    const entry = message.clientId === undefined ? undefined : this.entries.get(message.clientId);
    if (!entry || entry.body.conversationId !== message.conversation_id || message.sender_id !== this.doors.me())
      return;
    this.forget(entry);
    entry.state = "sent";
    entry.settle(message);
  }

  retry(entry: Entry): void {
    if (entry.state !== "failed" || this.entries.get(entry.clientId) !== entry) return;
    entry.state = "queued";
    entry.error = undefined;
    const { failed: _failed, ...body } = entry.body;
    entry.body = body;
    this.doors.changed(body.conversationId);
    void this.keep(entry).then(() => this.work(body.conversationId));
  }

  /** What waits in a conversation under this key. */
  find(conversationId: string, clientId: string): Entry | undefined {
    const entry = this.entries.get(clientId);
    return entry?.body.conversationId === conversationId ? entry : undefined;
  }

  discard(entry: Entry): void {
    if (this.entries.get(entry.clientId) !== entry) return;
    this.forget(entry);
    entry.state = "failed";
    entry.fail(unavailable("It was discarded."));
  }

  /** What a conversation shows behind its messages. */
  pendingOf(conversationId: string): PendingMessage[] {
    return [...this.entries.values()]
      .filter(({ body }) => body.conversationId === conversationId)
      .sort((a, b) => a.body.order - b.body.order)
      .map((entry) => entry.shown(this.doors.me()));
  }

  /** Forgets all, in memory. */
  clear(): void {
    this.entries.clear();
  }

  close(): void {
    this.closed = true;
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

  /** One at a time within a conversation: so their order holds, whatever happens to any of them. */
  private async work(conversationId: string): Promise<void> {
    if (this.working.has(conversationId) || this.closed) return;
    this.working.add(conversationId);
    try {
      for (let entry; (entry = this.nextOf(conversationId)) && !this.closed;) await this.deliver(entry);
    } finally {
      this.working.delete(conversationId);
    }
  }

  private nextOf(conversationId: string): Entry | undefined {
    return [...this.entries.values()]
      .filter(({ body, state }) => body.conversationId === conversationId && state !== "failed")
      .sort((a, b) => a.body.order - b.body.order)[0];
  }

  private async deliver(entry: Entry): Promise<void> {
    for (let attempt = 0; this.waits(entry); attempt++) {
      try {
        await this.doors.connected();
        if (!this.waits(entry)) return;
        this.show(entry, "sending");
        await this.uploadAll(entry);
        if (!this.waits(entry)) return;
        const message = await this.doors.send(paramsOf(entry.body));
        this.doors.arrived(message);
        this.settle(message);
        return;
      } catch (thrown) {
        const error = toChatError(thrown);
        if (!this.waits(entry) || this.closed) return;
        const pause = pauseAfter(error, attempt, this.doors.clock);
        if (pause === undefined) return this.refuse(entry, error);
        this.show(entry, "queued");
        await sleep(this.doors.clock, pause);
      }
    }
  }

  private waits(entry: Entry): boolean {
    return !this.closed && this.entries.get(entry.clientId) === entry;
  }

  private async uploadAll(entry: Entry): Promise<void> {
    const { files } = entry.body;
    for (const [i, file] of files.entries()) {
      if (file.url !== undefined) continue;
      const { url } = await this.doors.upload(file.blob, (done) => {
        entry.progress = (i + done) / files.length;
        this.doors.changed(entry.body.conversationId);
      });
      if (!this.waits(entry)) return;
      entry.body = { ...entry.body, files: entry.body.files.map((f, at) => (at === i ? { ...f, url } : f)) };
      await this.keep(entry);
    }
  }

  private refuse(entry: Entry, error: AnyChatError): void {
    entry.error = error;
    entry.body = { ...entry.body, failed: { code: error.code, message: error.message } };
    this.show(entry, "failed");
    entry.fail(error);
    void this.keep(entry);
  }

  private show(entry: Entry, state: OutgoingState): void {
    if (entry.state === state) return;
    entry.state = state;
    this.doors.changed(entry.body.conversationId);
  }
}

/** Milliseconds until the next try; undefined where the answer will not change. */
function pauseAfter(error: AnyChatError, attempt: number, clock: Clock): number | undefined {
  if (error.code === "RATE_LIMITED") return error.details?.retryAfterMs ?? 1_000;
  if (error.code === "UNAVAILABLE" || error.code === "AUTH_INVALID" || error.code === "AUTH_EXPIRED")
    return backOff(clock, attempt, 250, 10_000);
  return error.code === "INTERNAL" && attempt < BUGS ? backOff(clock, attempt, 1_000) : undefined;
}

const urlsOf = ({ files }: StoredOutgoing): string[] => files.flatMap(({ url }) => url ?? []);

function paramsOf(body: StoredOutgoing): Record<string, unknown> {
  const { conversationId, clientId, content, mentions, replyTo, custom } = body;
  const attachments = [...body.attachments, ...urlsOf(body)];
  return {
    conversationId,
    clientId,
    content,
    ...(attachments.length > 0 ? { attachments } : {}),
    ...(replyTo ? { replyTo: replyTo.message_id } : {}),
    ...(mentions.length > 0 ? { mentions } : {}),
    ...(custom ? { custom } : {}),
  };
}

function quoteOf(replyTo: Draft["replyTo"]): Message["reply_to"] {
  if (replyTo === undefined) return null;
  if (typeof replyTo === "string") return { message_id: replyTo, seq: 0, sender_id: 0, content: "" };
  return {
    message_id: replyTo._id,
    seq: replyTo.seq,
    sender_id: replyTo.sender_id,
    content: replyTo.content.slice(0, 200),
  };
}

function isStored(value: unknown): value is StoredOutgoing {
  const v = value as Partial<StoredOutgoing> | undefined;
  return typeof v?.clientId === "string" && typeof v.conversationId === "string" && typeof v.order === "number";
}

function shown({ body, state, progress, error }: Entry, me: number): PendingMessage {
  return {
    state: state === "sent" ? "sending" : state,
    key: body.clientId,
    clientId: body.clientId,
    conversation_id: body.conversationId,
    sender_id: me,
    content: body.content,
    attachments: body.attachments,
    files: body.files.map(({ blob }) => blob),
    reply_to: body.replyTo,
    created_at: body.createdAt,
    ...(progress === undefined ? {} : { progress }),
    ...(error ? { error } : {}),
  };
}
