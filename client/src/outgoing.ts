/** A message on its way: there at once, and until the server has it. */
import { type AnyChatError } from "./error";
import { type Message } from "./protocol";

/** Kept; on its way; there; refused. */
export type OutgoingState = "queued" | "sending" | "sent" | "failed";

/** What a user wants to say. */
export interface Draft {
  readonly text?: string;
  /** Uploaded on the way. */
  readonly files?: readonly Blob[];
  /** Urls of files that are uploaded already. */
  readonly attachments?: readonly string[];
  /** The message that it answers, or its id. */
  readonly replyTo?: Pick<Message, "_id" | "seq" | "sender_id" | "content"> | string;
  readonly mentions?: readonly number[];
  /** The application's own data, up to 4 kB as JSON. */
  readonly custom?: Readonly<Record<string, unknown>>;
  /** Made where left out. The same key is the same message, for ever. */
  readonly clientId?: string;
}

/** As it is shown in a conversation, behind all that the server has. */
export interface PendingMessage {
  readonly state: "queued" | "sending" | "failed";
  readonly key: string;
  readonly clientId: string;
  readonly conversation_id: string;
  readonly sender_id: number;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly files: readonly Blob[];
  readonly reply_to: Message["reply_to"];
  readonly created_at: string;
  /** Of its files, from 0 to 1. */
  readonly progress?: number;
  /** Why it failed. */
  readonly error?: AnyChatError;
}

/** A message on its way: what becomes of it, and how to try it again or take it back. */
export interface Outgoing {
  readonly clientId: string;
  readonly state: OutgoingState;
  readonly error: AnyChatError | undefined;
  /** Settles when it would survive the end of this process: true, or false where the storage does not take it. */
  readonly stored: Promise<boolean>;
  /** The message as the server has it. Rejects when it fails or is discarded; a retry that works does not heal this. */
  readonly sent: Promise<Message>;
  /** After a failure: the same message again. */
  retry(): void;
  /** Takes it back, where the server has not got it. */
  discard(): void;
}

/** What the storage keeps of one. */
export interface StoredOutgoing {
  readonly clientId: string;
  readonly conversationId: string;
  readonly order: number;
  readonly createdAt: string;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly files: readonly { readonly blob: Blob; readonly url?: string }[];
  readonly replyTo: Message["reply_to"];
  readonly mentions: readonly number[];
  readonly custom?: Readonly<Record<string, unknown>>;
  readonly failed?: { readonly code: string; readonly message: string };
}

/** Keys are unique for a user in a conversation, for ever. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
