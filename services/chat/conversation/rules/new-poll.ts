/** A poll as it begins. */
import { badField } from "../../../../contracts/errors";
import { type PollGiven } from "../../../../contracts/shapes";
import { type PollDoc } from "../documents";

/** @throws BAD_REQUEST */
export function pollOf(given: PollGiven, now: Date): PollDoc {
  const options = given.options.map((text) => text.trim());
  if (options.some((text) => !text)) throw badField("poll.options", "required", "An option needs a text.");
  if (new Set(options).size < options.length) throw badField("poll.options", "unique", "The options must differ.");
  const closes_at = given.closes_at ? new Date(given.closes_at) : null;
  if (closes_at && closes_at <= now) throw badField("poll.closes_at", "future", "The time must be to come.");
  const { question, multiple = false, anonymous = false } = given;
  return { question, options, multiple, anonymous, closes_at, closed_at: null, votes: {} };
}
