/** React hooks on the client: each renders when what it gives has changed, and not otherwise. */
import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { type Chat } from "./chat";
import { type ConnectionState } from "./connection";
import { type Conversation } from "./conversation";
import { type MessagesStatus, type TimelineMessage } from "./messages";
import { type Readable } from "./observable";
import { type Draft, type Outgoing } from "./outgoing";
import { type Seen } from "./presence";
import { type Conversation as Description, type Notification, type PublicUser, type UploadedFile } from "./protocol";

const Context = createContext<Chat | undefined>(undefined);

/** Makes a client known to all below it. */
export const ChatProvider = ({ chat, children }: { readonly chat: Chat; readonly children?: ReactNode }): ReactNode =>
  createElement(Context.Provider, { value: chat }, children);

/** The client of the nearest provider. */
export function useChat(): Chat {
  const chat = useContext(Context);
  if (!chat) throw new Error("There is no ChatProvider above.");
  return chat;
}

/** The value of anything of the client that can be watched. */
export function useReadable<T>(readable: Readable<T>): T {
  const subscribe = useCallback((changed: () => void) => readable.subscribe(changed), [readable]);
  const value = useCallback(() => readable.value, [readable]);
  return useSyncExternalStore(subscribe, value, value);
}

const nothing = <T>(value: T): Readable<T> => ({ value, subscribe: () => () => undefined });
const NO_MESSAGES = nothing<readonly TimelineMessage[]>([]);
const NO_STATUS = nothing<MessagesStatus>({ hasOlder: false, hasNewer: false, loading: false });
const NOBODY = nothing<readonly number[]>([]);
const NO_INFO = nothing<Description | undefined>(undefined);

/** How the connection stands. */
export const useConnection = (): ConnectionState => useReadable(useChat().connection);

/** One's conversations in order; `requests`: wishes of others to talk. */
export function useConversations(): { conversations: readonly Description[]; requests: readonly Description[] } {
  const chat = useChat();
  return { conversations: useReadable(chat.conversations), requests: useReadable(chat.requests) };
}

/** Undefined while it is not known, or not any more. */
export function useConversation(id: string | undefined): {
  conversation: Conversation | undefined;
  info: Description | undefined;
} {
  const chat = useChat();
  const subscribe = useCallback((changed: () => void) => chat.conversations.subscribe(changed), [chat]);
  const find = useCallback(() => (id === undefined ? undefined : chat.conversation(id)), [chat, id]);
  const conversation = useSyncExternalStore(subscribe, find, find);
  return { conversation, info: useReadable<Description | undefined>(conversation?.info ?? NO_INFO) };
}

/** The messages that are shown, and ways through the past. */
export function useMessages(conversation: Conversation | undefined): MessagesStatus & {
  messages: readonly TimelineMessage[];
  loadOlder: () => Promise<void>;
  loadNewer: () => Promise<void>;
  around: (seq: number) => Promise<void>;
  latest: () => Promise<void>;
} {
  const list = conversation?.messages;
  const messages = useReadable(list ?? NO_MESSAGES);
  const status = useReadable(list?.status ?? NO_STATUS);
  const loadOlder = useCallback(() => list?.loadOlder() ?? Promise.resolve(), [list]);
  const loadNewer = useCallback(() => list?.loadNewer() ?? Promise.resolve(), [list]);
  const around = useCallback((seq: number) => list?.around(seq) ?? Promise.resolve(), [list]);
  const latest = useCallback(() => list?.latest() ?? Promise.resolve(), [list]);
  return { messages, ...status, loadOlder, loadNewer, around, latest };
}

/** A text field's state: typing is told while one writes, and `send` empties it. */
export function useComposer(conversation: Conversation | undefined): {
  text: string;
  setText: (text: string) => void;
  send: (more?: Omit<Draft, "text">) => Outgoing | undefined;
} {
  const [text, set] = useState("");
  const setText = useCallback(
    (next: string) => {
      set(next);
      if (next === "") conversation?.stopTyping();
      else conversation?.writing();
    },
    [conversation],
  );
  const send = useCallback(
    (more: Omit<Draft, "text"> = {}) => {
      if (!conversation || (text.trim() === "" && !more.files?.length && !more.attachments?.length)) return undefined;
      set("");
      return conversation.send({ ...more, text });
    },
    [conversation, text],
  );
  return { text, setText, send };
}

/** Ids of the others who are typing. */
export const useTyping = (conversation: Conversation | undefined): readonly number[] =>
  useReadable(conversation?.typing ?? NOBODY);

/** Whether somebody is online. */
export const usePresence = (userId: number): Seen => useReadable(useChat().presence.of(userId));

/** A user's profile; undefined until known. */
export const useUser = (userId: number): PublicUser | undefined => useReadable(useChat().users.of(userId));

/** Unread messages in all one's conversations that are not muted, or in one. */
export function useUnread(conversation?: Conversation): number {
  const { conversations } = useChat();
  const source: Readable<unknown> = conversation?.info ?? conversations;
  const subscribe = useCallback((changed: () => void) => source.subscribe(changed), [source]);
  const count = (): number =>
    conversation?.unread ?? conversations.value.reduce((sum, c) => sum + (c.muted ? 0 : c.unreadCount), 0);
  return useSyncExternalStore(subscribe, count, count);
}

/** The bell: one's notifications, and how many are unread. */
export function useNotifications(): { notifications: readonly Notification[]; count: number } {
  const { notifications } = useChat();
  return { notifications: useReadable(notifications), count: useReadable(notifications.count) };
}

/** Uploads one file at a time; stops when the component goes. */
export function useUpload(): {
  upload: (file: Blob) => Promise<UploadedFile>;
  progress: number | undefined;
  stop: () => void;
} {
  const chat = useChat();
  const [progress, setProgress] = useState<number | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const upload = useCallback(
    async (file: Blob) => {
      const controller = new AbortController();
      running.current = controller;
      setProgress(0);
      try {
        return await chat.upload(file, { onProgress: setProgress, signal: controller.signal });
      } finally {
        setProgress(undefined);
      }
    },
    [chat],
  );
  return { upload, progress, stop };
}
