/** Brings what waits to the server: one at a time within a conversation, until it is there or refused. */
import { backOff, type Clock, sleep } from "./clock";
import { type AnyChatError, toChatError } from "./error";
import { type UploadOptions } from "./files";
import { type Entry, paramsOf } from "./outbox-entry";
import { type OutgoingState } from "./outgoing";
import { type Message, type UploadedFile } from "./protocol";

export interface CourierDoors {
  readonly clock: Clock;
  /** Settles when there is a connection; rejects when there will be none. */
  connected(): Promise<void>;
  send(params: Record<string, unknown>): Promise<Message>;
  upload(file: Blob, options: UploadOptions): Promise<UploadedFile>;
  /** The first that waits in a conversation. */
  next(conversationId: string): Entry | undefined;
  /** It is not sent, failed or taken back meanwhile. */
  waits(entry: Entry): boolean;
  /** The server has it. */
  sent(entry: Entry, message: Message): void;
  keep(entry: Entry): Promise<unknown>;
  changed(conversationId: string): void;
}

/** INTERNAL is a bug of the server; it may be gone at the next try, but not for ever. */
const BUGS = 3;

export class Courier {
  private readonly working = new Set<string>();
  private closed = false;

  constructor(private readonly doors: CourierDoors) {}

  /** One at a time within a conversation: so their order holds, whatever happens to any of them. */
  async work(conversationId: string): Promise<void> {
    if (this.working.has(conversationId) || this.closed) return;
    this.working.add(conversationId);
    try {
      for (let entry; (entry = this.doors.next(conversationId)) && !this.closed;) await this.deliver(entry);
    } finally {
      this.working.delete(conversationId);
    }
  }

  close(): void {
    this.closed = true;
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
        return this.doors.sent(entry, message);
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
    return !this.closed && this.doors.waits(entry);
  }

  private async uploadAll(entry: Entry): Promise<void> {
    const { files } = entry.body;
    for (const [i, file] of files.entries()) {
      if (file.url !== undefined) continue;
      const onProgress = (done: number): void => {
        entry.progress = (i + done) / files.length;
        this.doors.changed(entry.body.conversationId);
      };
      const { url } = await this.doors.upload(file.blob, { onProgress, signal: entry.takenBack.signal });
      if (!this.waits(entry)) return;
      entry.body = { ...entry.body, files: entry.body.files.map((f, at) => (at === i ? { ...f, url } : f)) };
      await this.doors.keep(entry);
    }
  }

  private refuse(entry: Entry, error: AnyChatError): void {
    entry.error = error;
    entry.body = { ...entry.body, failed: { code: error.code, message: error.message } };
    this.show(entry, "failed");
    entry.fail(error);
    void this.doors.keep(entry);
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
