/** moleculer-chat-client: every message once and in order, whatever happens to connection, process or storage. */
export { Chat, type ChatOptions, createChat, type GroupOptions } from "./chat";
export { type ConnectionState, type State } from "./connection";
export { type Conversation } from "./conversation";
export { type AnyChatError, ChatError, isChatError } from "./error";
export { type ChatEvents } from "./events";
export { indexedDb } from "./indexeddb";
export { type Messages, type MessagesStatus, type SentMessage, type TimelineMessage } from "./messages";
export { type Readable } from "./observable";
export { type Draft, type Outgoing, type OutgoingState, type PendingMessage } from "./outgoing";
export type {
  ClientEvents,
  Conversation as ConversationInfo,
  Delivery,
  ErrorCode,
  ErrorDetails,
  Member,
  Message,
  Notification,
  OpenGroup,
  Preferences,
  PublicUser,
  ServerEvents,
  SystemEvent,
  Tokens,
  UploadedFile,
  User,
} from "./protocol";
export { type ChatStorage, memory, type TextStorage, textStorage } from "./storage";
export { type Thread } from "./thread";
export { type TokenSource } from "./tokens";
export { type UploadOptions } from "./uploads";
export { Bot, type BotEvents, type BotMessage, type BotOptions, createBot } from "./bot";
export { ChatServer, type ChatServerOptions, createChatServer, type UserData, type Who } from "./server";
export { createSession, type Credentials, type Session, type SessionOptions } from "./session";
export { verifyWebhook, type VerifyOptions, WebhookError, type WebhookEvent, webhookHandler } from "./webhook";
