/** Rules of mentions: who of those who are there a text or its sender names, and who may call everybody. */
import { type Mentioned } from "../commands";
import { type MemberDoc, type MessageDoc } from "../documents";
import { type State } from "../state";

/**
 * `@all`, also where it is said as a list of everybody, is for those who lead; from anyone else it is plain text. Who
 * names each in the text has named each.
 */
export function mentionsOf(
  { conversation: { participants } }: State,
  { user_id, role }: MemberDoc,
  { mentions, named, all }: Mentioned,
): Required<Pick<MessageDoc, "mentions" | "mention_all">> {
  if (mentions.length + named.length === 0 && !all) return { mentions: [], mention_all: false };
  const present = new Set(participants);
  const among = (ids: readonly number[]): number[] => [...new Set(ids)].filter((id) => present.has(id));
  const asked = new Set(among([...mentions, ...named]));
  const inText = new Set(named);
  const others = participants.filter((id) => id !== user_id);
  const everybody = others.length > 1 && others.every((id) => asked.has(id)) && !others.every((id) => inText.has(id));
  const leads = role !== "member";
  return {
    mentions: everybody && !leads ? among(named) : [...asked],
    mention_all: (all || everybody) && leads,
  };
}
