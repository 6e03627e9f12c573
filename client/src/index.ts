/** moleculer-chat-client: every message once and in order, whatever happens to connection, process or storage. */
export { type Account, type ApiTokenOptions, type ProfileChange } from "./account";
export { Chat, createChat } from "./chat";
export { type ConnectionState, type State } from "./connection";
export { type ParamsOf, type ResultOf } from "./questions";
export { type Conversation } from "./conversation";
export { type AnyChatError, ChatError, isChatError } from "./error";
export { type ChatEvents } from "./events";
export { type ExportLine, type ExportOptions } from "./export";
export { type FactsOptions } from "./facts";
export { type Files, type FileVariant, type UploadOptions } from "./files";
export { type GroupChange, type JoinRequest } from "./group-actions";
export { indexedDb } from "./indexeddb";
export { type Later, type ScheduledChange, type ScheduledDraft, type Waiting } from "./later";
export { type CustomChange, type MessageRef } from "./message-actions";
export { type Messages, type MessagesStatus, type SentMessage, type TimelineMessage } from "./messages";
export { type Notifications } from "./notifications";
export { type Readable } from "./observable";
export { type ChatOptions, type GroupOptions, type SearchOptions } from "./options";
export { type Draft, type Outgoing, type OutgoingState, type PendingMessage } from "./outgoing";
export { type Presence, type Seen } from "./presence";
export type {
  ApiToken,
  ClientEvents,
  Conversation as ConversationInfo,
  DeadLetter,
  Delivery,
  ErrorCode,
  ErrorDetails,
  Fact,
  IncomingHook,
  JoinLink,
  LinkPreview,
  ListedNotification,
  Member,
  Message,
  MessageFile,
  Notification,
  OpenGroup,
  Poll,
  Preferences,
  PublicUser,
  Reminder,
  Report,
  ReportWithEvidence,
  Routes,
  ScheduledMessage,
  ServerEvents,
  Session as SessionInfo,
  SystemEvent,
  ThreadSummary,
  Tokens,
  UnsentText,
  UploadedFile,
  User,
} from "./protocol";
export { type Rest, type RouteParams, type RouteResult } from "./rest";
export { type OpenSockets } from "./sockets";
export { type ChatStorage, memory, type TextStorage, textStorage } from "./storage";
export { type Thread } from "./thread";
export { type TokenSource } from "./tokens";
export { type Users } from "./users";
export { type ChatAsk } from "./wire";
export { Bot, type BotEvents, type BotMessage, type BotOptions, createBot } from "./bot";
export { ChatServer, type ChatServerOptions, createChatServer, type UserData, type Who } from "./server";
export { createSession, type Credentials, type Session, type SessionOptions } from "./session";
export { verifyWebhook, type VerifyOptions, WebhookError, type WebhookEvent, webhookHandler } from "./webhook";
