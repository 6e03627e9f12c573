/** Which messages of a conversation somebody has reacted to or voted in: of those that were changed, the others have no such. */
import { marksOf } from "../conversation/rules/forgetting";
import { type Stores } from "../host/stores";

const PAGE = 100;

export interface Marked {
  readonly _id: string;
  readonly reactions: boolean;
  readonly votes: boolean;
}
/** Of some messages those that they have marked, and the position up to where was looked. */
export interface MarkedPage {
  readonly marked: readonly Marked[];
  readonly last: number;
}

export async function* markedPages(
  { messages }: Stores,
  conversation_id: string,
  userId: number,
  after: number,
  step: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<MarkedPage> {
  const fields = ["changed_pos", "reactions", "poll", "veils"] as const;
  for (let last = after; ;) {
    const filter = { conversation_id, changed_pos: { $gt: last } };
    const page = await step(() => messages.find(filter, { sort: [["changed_pos", 1]], limit: PAGE, fields }));
    if (page.length === 0) return;
    last = page.at(-1)?.changed_pos ?? last;
    const marked = page.map((doc) => ({ _id: doc._id, ...marksOf(doc, userId) }));
    yield { marked: marked.filter(({ reactions, votes }) => reactions || votes), last };
    if (page.length < PAGE) return;
  }
}
