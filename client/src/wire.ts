/** What the parts of a client share. */
import { type Clock } from "./clock";
import { type Connection } from "./connection";
import { type ParamsOf, type ResultOf } from "./questions";
import { type Outbox } from "./outbox";
import { type ClientEvents, type Message } from "./protocol";
import { type Rest } from "./rest";

/** Any event of the chat, with what it takes, and what its ack answers. */
export type ChatAsk = <E extends keyof ClientEvents["/chat"]>(
  event: E,
  params: ParamsOf<"/chat", E>,
) => Promise<ResultOf<"/chat", E>>;

export interface Core {
  readonly clock: Clock;
  readonly ask: ChatAsk;
  readonly rest: Rest;
  readonly connection: Connection;
  readonly outbox: Outbox;
  me(): number;
}

/** Pages come newest first. */
export const oldestFirst = (page: readonly Message[]): Message[] => [...page].sort((a, b) => a.seq - b.seq);
