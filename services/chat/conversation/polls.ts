/** A poll as clients see it: counts, and who chose what where that is for all to know. Pure. */
import { type Poll } from "../../../contracts/shapes";
import { type PollDoc } from "./documents";

/** Beyond so many voters a message would grow with each: then counts alone are told. */
const SHOWN_VOTERS = 100;

export function pollView({ question, options, multiple, anonymous, closes_at, closed_at, votes }: PollDoc): Poll {
  const all = Object.entries(votes).map(([id, chosen]) => ({ id: Number(id), chosen }));
  const shown = !anonymous && all.length <= SHOWN_VOTERS;
  return {
    question,
    options: options.map((text, i) => {
      const voters = all.flatMap(({ id, chosen }) => (chosen.includes(i) ? [id] : []));
      return { text, votes: voters.length, ...(shown ? { voters } : {}) };
    }),
    multiple,
    anonymous,
    voters: all.length,
    closes_at: closes_at?.toISOString() ?? null,
    closed_at: closed_at?.toISOString() ?? null,
  };
}
