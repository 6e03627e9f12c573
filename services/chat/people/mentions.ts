/** Who a text mentions by name: `@Ann Lee` for someone in the conversation. Pure. */
import { fold } from "../../../platform/fold";

export interface Person {
  readonly user_id: number;
  readonly username: string;
}

const LETTER = /[\p{L}\p{N}_]/u;

/** Ids of the people whose name stands behind an @; of names that begin alike, the longest one that fits. */
export function mentionsIn(text: string, people: readonly Person[]): number[] {
  if (!text.includes("@")) return [];
  const folded = fold(text);
  const byLength = people
    .map((p) => ({ id: p.user_id, name: fold(p.username) }))
    .filter((p) => p.name !== "")
    .sort((a, b) => b.name.length - a.name.length);
  const found = new Set<number>();
  for (let at = folded.indexOf("@"); at >= 0; at = folded.indexOf("@", at + 1)) {
    if (LETTER.test(folded[at - 1] ?? "")) continue; // an e-mail address
    const fits = byLength.filter(
      ({ name }) => folded.startsWith(name, at + 1) && !LETTER.test(folded[at + 1 + name.length] ?? ""),
    );
    // Names need not be unique: everyone who bears the longest one is meant.
    for (const p of fits) if (p.name.length === fits[0]?.name.length) found.add(p.id);
  }
  return [...found];
}
