/** What a client is made with. */
import { type Clock } from "./clock";
import { type OpenSockets } from "./sockets";
import { type ChatStorage } from "./storage";
import { type TokenSource } from "./tokens";

/** Where the server is, who one is there, and what outlives the process. */
export interface ChatOptions {
  /** Of the server, as `https://chat.example.com`; of a tenant, as `https://chat.example.com/t/acme`. */
  readonly url: string;
  /** An access token, or how to get one; an API token for a bot. */
  readonly token: string | TokenSource;
  /** What outlives the process: conversations, what waits to be sent, where one stands. In memory where left out. */
  readonly storage?: ChatStorage;
  /** Where `message:created` begins at the very first connection: with what comes (`now`, the default), or is unread. */
  readonly begin?: "now" | "unread";
  /** How one is connected: `sharedSockets()` for one connection over all tabs; each client its own where left out. */
  readonly sockets?: OpenSockets;
  /** @internal A seam for tests. */
  readonly clock?: Clock;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch;
}

/** A group that is begun. */
export interface GroupOptions {
  readonly name: string;
  /** Ids of the others. */
  readonly members: readonly number[];
  readonly avatar?: string;
  /** Its first message. */
  readonly text?: string;
  /** What those may read who join it later: `all`, the default, or what was said since. */
  readonly history?: "all" | "joined";
  /** `public`: listed, found, and joined by oneself. */
  readonly visibility?: "private" | "public";
  /** Who may write: all, the default, or the admin and moderators. */
  readonly posting?: "all" | "staff";
  /** Who joins by themselves waits for the staff. */
  readonly approval?: boolean;
  /** The application's own data, up to 4 kB as JSON. */
  readonly custom?: Record<string, unknown>;
  /** Its key in the application: an order, a ticket. The group of this key is returned where it is there. */
  readonly externalId?: string;
}

/** Where in what was found to go on. */
export interface SearchOptions {
  /** 20 where left out, 100 at most. */
  readonly limit?: number;
  readonly skip?: number;
  /** Only of this user. */
  readonly senderId?: number;
  /** Top-level keys of the messages' own `custom`, and the text, number or boolean that each must equal. */
  readonly custom?: Record<string, unknown>;
}
