/** What went wrong, as a union by `code`: those of the server, and `UNAVAILABLE` where no answer came. */
import { type ErrorCode, type ErrorDetails } from "./protocol";

/** A refusal. Narrow `AnyChatError` by `code` to get the type of `details`. */
export class ChatError<C extends ErrorCode = ErrorCode> extends Error {
  /** `ChatError`. */
  override readonly name = "ChatError";

  constructor(
    readonly code: C,
    message: string,
    readonly details?: ErrorDetails[C],
  ) {
    super(message);
  }
}

/** Any refusal, as a union by `code`. */
export type AnyChatError = { [C in ErrorCode]: ChatError<C> }[ErrorCode];

/** Tells a refusal from other errors, and lets its `code` narrow it. */
export const isChatError = (error: unknown): error is AnyChatError => error instanceof ChatError;

/** The error of an ack, a REST answer or a refused handshake. */
export function fromWire(wire: unknown): AnyChatError {
  const { code, message, details } = (wire ?? {}) as { code?: unknown; message?: unknown; details?: unknown };
  const known = typeof code === "string" ? code : "INTERNAL";
  const text = typeof message === "string" ? message : "The server answered what is no answer.";
  return new ChatError(known as ErrorCode, text, details) as AnyChatError;
}

export const unavailable = (why: string): AnyChatError => new ChatError("UNAVAILABLE", why);

/** Anything thrown, as one of ours. */
export const toChatError = (error: unknown): AnyChatError =>
  isChatError(error) ? error : unavailable(error instanceof Error ? error.message : String(error));

/** True where the token is what was refused. */
export const isAuthError = ({ code }: AnyChatError): boolean => code === "AUTH_INVALID" || code === "AUTH_EXPIRED";
