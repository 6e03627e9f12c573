/** Which messages a member has read: all up to a cursor, and runs above it. Pure. */
import { type MemberDoc, type Range } from "./documents";

type ReadState = Pick<MemberDoc, "last_read_seq" | "read_above">;

export function hasRead(state: ReadState, seq: number): boolean {
  return seq <= state.last_read_seq || state.read_above.some(([from, to]) => from <= seq && seq <= to);
}

/** The state with one run more; runs that touch become one, and those that touch the cursor move it. */
export function withRead(state: ReadState, from: number, to: number): ReadState {
  const runs: Range[] = [];
  let [start, end] = [from, to];
  for (const [f, t] of state.read_above) {
    if (t < start - 1 || f > end + 1) runs.push([f, t]);
    else [start, end] = [Math.min(start, f), Math.max(end, t)];
  }
  if (start <= state.last_read_seq + 1) return { last_read_seq: Math.max(end, state.last_read_seq), read_above: runs };
  runs.push([start, end]);
  runs.sort((a, b) => a[0] - b[0]);
  return { last_read_seq: state.last_read_seq, read_above: runs };
}

/** Runs of messages that are read because nobody reads them (own ones, the house's), as many as are kept apart. */
const OWN_RUNS = 1_000;

/**
 * The newest message is none to be read: in place, because a bot that reads nothing may have written a hundred thousand.
 * Beyond that many runs it is left out, which changes no count.
 */
export function passOver(state: ReadState, seq: number): void {
  const { read_above } = state;
  const last = read_above.at(-1);
  if (seq === state.last_read_seq + 1) Object.assign(state, withRead(state, seq, seq));
  else if (last && last[1] >= seq - 1) last[1] = Math.max(last[1], seq);
  else if (read_above.length < OWN_RUNS) read_above.push([seq, seq]);
}

/** The runs within `from..to` that are not read yet. */
export function unreadRuns(state: ReadState, from: number, to: number): Range[] {
  const runs: Range[] = [];
  let next = Math.max(from, state.last_read_seq + 1);
  for (const [f, t] of state.read_above) {
    if (f > next) runs.push([next, Math.min(f - 1, to)]);
    next = Math.max(next, t + 1);
  }
  if (next <= to) runs.push([next, to]);
  return runs.filter(([f, t]) => f <= t);
}

/** Sorted numbers as runs. */
export function runsOf(seqs: readonly number[]): Range[] {
  const runs: Range[] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && seq <= last[1] + 1) last[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}
