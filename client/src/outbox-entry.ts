/** One message that waits to be sent: what is known of it, kept of it, shown of it, and said to the server. */
import { type AnyChatError, fromWire } from "./error";
import { type Draft, type Outgoing, type OutgoingState, type PendingMessage, type StoredOutgoing } from "./outgoing";
import { type Message } from "./protocol";

/** What a message on its way asks of the outbox that holds it. */
export interface EntryOwner {
  retry(entry: Entry): void;
  discard(entry: Entry): void;
}

export class Entry implements Outgoing {
  state: OutgoingState = "queued";
  error: AnyChatError | undefined;
  progress: number | undefined;
  /** Ends what is under way of it: its upload. */
  readonly takenBack = new AbortController();
  readonly clientId: string;
  readonly stored: Promise<boolean>;
  readonly sent: Promise<Message>;
  settle!: (message: Message) => void;
  fail!: (error: AnyChatError) => void;
  tellStored!: (stored: boolean) => void;
  private view: PendingMessage | undefined;

  constructor(
    private readonly owner: EntryOwner,
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
    this.owner.retry(this);
  }

  discard(): void {
    this.owner.discard(this);
  }
}

/** A draft as it is kept from now on. */
export const bodyOf = (
  draft: Draft,
  conversationId: string,
  clientId: string,
  order: number,
  at: number,
): StoredOutgoing => ({
  clientId,
  conversationId,
  order,
  createdAt: new Date(at).toISOString(),
  content: draft.text ?? "",
  attachments: draft.attachments ?? [],
  files: (draft.files ?? []).map((blob) => ({ blob })),
  replyTo: quoteOf(draft.replyTo),
  mentions: draft.mentions ?? [],
  ...(draft.custom ? { custom: draft.custom } : {}),
});

export const urlsOf = ({ files }: StoredOutgoing): string[] => files.flatMap(({ url }) => url ?? []);

/** As `message:send` takes it. */
export function paramsOf(body: StoredOutgoing): Record<string, unknown> {
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

export function isStored(value: unknown): value is StoredOutgoing {
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
