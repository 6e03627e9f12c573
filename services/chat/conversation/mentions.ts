/** Who a text mentions by name: `@Ann Lee` for someone in the conversation, `@all` for everybody. Pure. */
import { fold } from "../../../platform/fold";
import { SPACELESS } from "./terms";

export interface Person {
  readonly user_id: number;
  readonly username: string;
}
export interface Named {
  readonly users: readonly number[];
  readonly all: boolean;
}

const AT = /[@＠﹫]/;
export const mayMention = (text: string | undefined): boolean => text !== undefined && AT.test(text);

const ALL = "all";
const LETTER = /[\p{L}\p{M}\p{N}_]/u;

/** Where letters go on the word goes on, unless one of them is of a script without spaces. */
const isJoined = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && LETTER.test(a) && LETTER.test(b) && ![a, b].some((c) => SPACELESS.test(c));

/** Is what ends before `end` a name of its own there? `@all-hands` and `@Anna` name neither all nor Ann. */
function endsName(text: string, end: number): boolean {
  const last = text[end - 1];
  if (isJoined(last, text[end])) return false;
  return !(text[end] === "-" && isJoined(last, text[end + 1]));
}

/** Does an @ here begin a mention, and not the second half of an e-mail address? */
const beginsName = (text: string, at: number): boolean => !isJoined(text[at - 1], "a");

/** The people whose name stands behind an @; of names that begin alike, the longest one that fits. */
export function mentionsIn(text: string, people: readonly Person[]): Named {
  if (!mayMention(text)) return { users: [], all: false };
  const folded = fold(text);
  const byLength = [
    ...people.map((p) => ({ id: p.user_id, name: fold(p.username) })).filter((p) => p.name !== ""),
    { id: undefined, name: ALL },
  ].sort((a, b) => b.name.length - a.name.length);
  const found = new Set<number | undefined>();
  for (let at = folded.indexOf("@"); at >= 0; at = folded.indexOf("@", at + 1)) {
    if (!beginsName(folded, at)) continue;
    const fits = byLength.filter(
      ({ name }) => folded.startsWith(name, at + 1) && endsName(folded, at + 1 + name.length),
    );
    // Names need not be unique: everyone who bears the longest one is meant.
    for (const p of fits) if (p.name.length === fits[0]?.name.length) found.add(p.id);
  }
  const all = found.delete(undefined);
  return { users: [...found] as number[], all };
}
