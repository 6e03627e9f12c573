/** What a tab and the worker that holds the sockets of all tabs say to each other. */
import { type Namespace } from "./sockets";

/** Of this protocol: pages of another version meet another worker. */
export const WORKER_NAME = "moleculer-chat-1";

/** A `line` is one attempt of a tab to be connected: it ends with the first `down` or `refused`, and never comes back. */
export type ToWorker =
  /** `lock` is held as long as the tab lives. */
  | { readonly is: "hello"; readonly lock: string }
  | {
      readonly is: "join";
      readonly line: number;
      readonly url: string;
      readonly namespace: Namespace;
      readonly auth: Readonly<Record<string, unknown>>;
    }
  | { readonly is: "leave"; readonly line: number }
  | {
      readonly is: "ask";
      readonly line: number;
      readonly id: number;
      readonly event: string;
      readonly payload: unknown;
      readonly timeoutMs: number;
    }
  /** So many events were taken in; a tab that takes in none is frozen. */
  | { readonly is: "taken"; readonly line: number; readonly count: number };

export type ToTab =
  /** `lock` is held as long as the worker lives. */
  | { readonly is: "hello"; readonly lock: string }
  | { readonly is: "up"; readonly line: number }
  | { readonly is: "down"; readonly line: number; readonly why: string }
  | { readonly is: "refused"; readonly line: number; readonly data: unknown; readonly message: string }
  | { readonly is: "event"; readonly line: number; readonly event: string; readonly payload: unknown }
  /** Without `ack`: none came. */
  | { readonly is: "answer"; readonly id: number; readonly ack?: unknown };

/** The part of a MessagePort that is used. */
export interface Port<Out> {
  postMessage(message: Out): void;
  onmessage: ((event: { data: never }) => void) | null;
  close(): void;
}

/** A name that nobody else has. */
export const uniqueName = (what: string): string => `moleculer-chat:${what}:${crypto.randomUUID()}`;
