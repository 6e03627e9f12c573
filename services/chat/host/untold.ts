/** What was stored by a process that may have died before it told anyone. */
import { type Emission } from "../../../mixins/delivery";
import { missedSince } from "../conversation/rules/messages";
import { type State } from "../conversation/state";

/**
 * Older ones are left to `sync`. An api node drops what it has told already, and remembers that for twice this time, so
 * that nobody hears a message twice.
 */
export const UNTOLD_MS = 5 * 60_000;

/** Of a state that was just loaded: the messages whose facts are not safe yet, as they would have been told. */
export function untoldOf(state: State, now: number): Emission[] {
  const { outbox, published_seq } = state.conversation;
  if (!outbox) return [];
  const first = state.since(published_seq).find((doc) => now - doc.created_at.getTime() < UNTOLD_MS);
  return first ? missedSince(state, first.seq - 1) : [];
}
