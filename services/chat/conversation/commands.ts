/** What can be asked of a conversation: the commands that go through its mailbox. */
import { type Custom } from "../../../contracts/custom";
import { type LinkPreview, type MessageFile, type PollGiven } from "../../../contracts/shapes";
import { type ConversationDoc, type MessageDoc } from "./documents";

interface Mentioned {
  /** By their ids. */
  mentions: readonly number[];
  /** By their names in the text. */
  named: readonly number[];
  /** Everybody, by `@all`. */
  all: boolean;
}

/** When this node began to open the files it names to the conversation; of its monotonic clock, in ms. */
interface Opened {
  openedAt?: number;
}

interface Draft extends Mentioned, Opened {
  content: string;
  attachments: readonly string[];
  files?: readonly MessageFile[];
  /** Decided by the files' own kinds before the command is sent. */
  type: MessageDoc["type"];
  clientId: string;
  /** Of what was asked under this clientId: another one is another message. */
  request?: string;
  replyTo?: string;
  custom?: Custom;
  poll?: PollGiven;
  marks?: readonly string[];
  forwarded?: NonNullable<MessageDoc["forwarded_from"]>;
}

/** How a group is open to others. */
type Openness = Partial<Pick<ConversationDoc, "visibility" | "posting" | "approval">>;

export type CommandBody =
  | ({ kind: "send" } & Draft)
  | ({
      kind: "edit";
      messageId: string;
      content?: string;
      version?: number;
      custom?: Custom | null;
      marks?: readonly string[];
    } & Mentioned)
  | { kind: "preview"; messageId: string; preview: LinkPreview }
  | { kind: "deleteMessage"; messageId: string; forMe: boolean }
  | { kind: "react"; messageId: string; emoji: string; added: boolean }
  | { kind: "followThread"; messageId: string; following: boolean }
  | { kind: "vote"; messageId: string; options: readonly number[] }
  | { kind: "closePoll"; messageId: string }
  | { kind: "saveMessage"; messageId: string; saved: boolean }
  | { kind: "pinMessage"; messageId: string; pinned: boolean }
  | { kind: "receipt"; messageIds: readonly string[]; status: "delivered" | "read" | "failed" }
  | { kind: "receiptOfOne"; messageId: string; status: "delivered" | "read" | "failed" }
  | { kind: "markRead"; seq?: number }
  | { kind: "typing"; isTyping: boolean; except: readonly number[] }
  | { kind: "event"; name: string; data: unknown; to?: readonly number[]; except: readonly number[] }
  /** Who is typing has been blocked by a member. */
  | { kind: "typingUnheard"; by: number }
  | { kind: "open"; draft?: Draft }
  | { kind: "reopen" }
  | { kind: "accept" }
  | { kind: "decline" }
  | ({
      kind: "update";
      name?: string;
      avatar?: string | null;
      history?: "all" | "joined";
      slow_mode?: number;
      retention?: number | null;
      custom?: Custom | null;
    } & Openness &
      Opened)
  | { kind: "updateMember"; userId: number; custom?: Custom | null }
  | { kind: "delete" }
  | { kind: "enter"; secret?: string }
  | { kind: "createLink"; secret: string; uses?: number; expiresAt?: Date }
  | { kind: "revokeLink"; linkId: string }
  | { kind: "answerRequest"; userId: number; approved: boolean }
  | { kind: "addMember"; userId: number; how: "added" | "asked" | "unheard" }
  /** `inactive`: whose accounts can lead no group; looked up where an admin goes. */
  | { kind: "removeMember"; userId: number; inactive?: readonly number[] }
  | { kind: "accountGone" }
  | { kind: "setRole"; userId: number; role: "admin" | "moderator" | "member" }
  | { kind: "settings"; muted?: boolean; muteUntil?: string | null; pinned?: boolean; hidden?: boolean }
  | { kind: "keepDraft"; content: string; replyTo: string | null }
  | { kind: "clear" }
  /** By the platform's staff: nobody writes in it any more, or all may again. */
  | { kind: "lock"; locked: boolean }
  /** By an admin of the system: how long its messages are kept, whatever holds in general. */
  | { kind: "setRetention"; retention: number | null }
  /** Messages that are to go: with the account of who wrote them, or for their age, as all that are older than `upTo`. */
  | { kind: "expire"; messageIds: readonly string[]; upTo?: Date }
  /** Of an account that is gone: its reactions to these messages and its votes in them; what it kept here for itself. */
  | { kind: "forgetMarks"; userId: number; messageIds: readonly string[] }
  | { kind: "forgetOwn"; userId: number }
  /** The block lists of its two sides may have changed; they are read anew for the turn. */
  | { kind: "blocks" }
  /** Files that may be in no message any more but these, nor the avatar: then they are closed to the conversation. */
  | { kind: "letGo"; urls: readonly string[]; besides?: readonly string[] }
  /** `atLeast`: the message that the store is known to have; an actor that lacks it is old. */
  | { kind: "audience"; after?: number; atLeast?: number }
  /** `atLeast`: the position that the store is known to have. */
  | { kind: "changes"; known?: number; limit: number; atLeast: number };

export type { Draft, Mentioned };

/** A command with its sender; `userId` comes from the token, never from a payload. */
export interface Command {
  readonly userId: number;
  /** May act beyond their role in the conversation (the platform's moderators and admins). */
  readonly staff: boolean;
  readonly body: CommandBody;
}

/** The messages that a command names, which must be at hand when it is decided. */
export function messagesNamedBy(body: CommandBody): readonly string[] {
  switch (body.kind) {
    case "send":
      return body.replyTo === undefined ? [] : [body.replyTo];
    case "receipt":
    case "forgetMarks":
      return body.messageIds;
    case "receiptOfOne":
    case "edit":
    case "preview":
    case "deleteMessage":
    case "react":
    case "followThread":
    case "saveMessage":
    case "vote":
    case "closePoll":
    case "pinMessage":
      return [body.messageId];
    default:
      return [];
  }
}
