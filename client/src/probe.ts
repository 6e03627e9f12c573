/** Is anybody there? A connection that is dead without a word is noticed by its transport only after most of a minute. */
import { type SocketLike } from "./sockets";

/** Nobody who is there needs so long for it. */
const PROBE_MS = 5_000;
/** Leaving what one is not in is answered by the gateway alone: one whose conversations are slow is there. */
const NOWHERE = { conversationId: "0".repeat(24) };

/** Settles with any answer, a refusal included; rejects where none comes. */
export const probe = (socket: SocketLike): Promise<unknown> => socket.ask("conversation:leave", NOWHERE, PROBE_MS);
