/**
 * What happens to files, for the log of facts. No store writes two collections at once everywhere, so what is about to be
 * done is written down first, and told when the file shows that it was: a file is stored once and removed once, for good.
 */
import { type Happened } from "../../contracts/facts";
import { newId } from "../../mixins/documents";
import { recorder } from "../../platform/facts/recorder";
import { Telling } from "../../platform/telling";
import { type Attachment } from "./attachments";
import { type UploadsContext } from "./context";
import { type IntentDoc } from "./intents";

type Type = IntentDoc["type"];

const AGAIN_MS = 5_000;
const AT_ONCE = 500;
/** Who has not done by then what they meant to do has not done it. */
const GRACE_MS = 120_000;

type Known = Pick<Attachment, "_id" | "owner_id" | "size" | "mime">;

const dataOf = (type: Type, { _id: fileId, owner_id: userId, size, mime }: Known): Happened["data"] =>
  type === "upload.stored" ? { fileId, userId, size, mime } : { fileId, userId };

/** Before it is done. @throws UNAVAILABLE, and then it must not be */
export async function intend(context: UploadsContext, type: Type, files: readonly Known[]): Promise<void> {
  if (context.env.FACTS === "off" || files.length === 0) return;
  const at = new Date();
  const intents = files.map((file) => ({ _id: newId(), file_id: file._id, type, data: dataOf(type, file), at }));
  await context.intents.insert(intents);
}

/** Of one file the storing comes first, whichever node wrote it down by whatever clock. */
const inOrder = (intents: readonly IntentDoc[]): IntentDoc[] => [
  ...intents.filter(({ type }) => type === "upload.stored"),
  ...intents.filter(({ type }) => type === "upload.removed"),
];

const happened = ({ file_id: key, type, data, at }: IntentDoc): Happened => ({
  ...{ type, key, data, at: at.toISOString() },
});

/** Done: it is to be told; over: nobody will do it any more; otherwise it may be under way. */
async function sorted({ attachments }: UploadsContext, intents: readonly IntentDoc[]) {
  const ids = [...new Set(intents.map(({ file_id }) => file_id))];
  const there = new Set((await attachments.find({ _id: { $in: ids } }, { fields: ["_id"] })).map(({ _id }) => _id));
  // Who meant to remove it had found it.
  const removed = new Set(intents.filter(({ type }) => type === "upload.removed").map(({ file_id }) => file_id));
  const isDone = ({ type, file_id }: IntentDoc): boolean =>
    type === "upload.removed" ? !there.has(file_id) : there.has(file_id) || removed.has(file_id);
  const late = new Date(Date.now() - GRACE_MS);
  const done = intents.filter(isDone);
  return { done, over: intents.filter((intent) => !isDone(intent) && intent.at < late) };
}

/** All there is, oldest first. What is told again the log has already. */
async function tellAll(context: UploadsContext, record: ReturnType<typeof recorder>): Promise<boolean> {
  const { intents } = context;
  for (let after = ""; ;) {
    const page = await intents.find({ _id: { $gt: after } }, { sort: [["_id", 1]], limit: AT_ONCE });
    const { done, over } = await sorted(context, inOrder(page));
    if (done.length > 0) await record(done.map(happened));
    const settled = [...done, ...over].map(({ _id }) => _id);
    if (settled.length > 0) await intents.remove({ _id: { $in: settled } });
    if (page.length < AT_ONCE) return false;
    after = page.at(-1)?._id ?? "";
  }
}

const tellings = new WeakMap<UploadsContext, Telling>();

export function openFacts(context: UploadsContext): void {
  if (context.env.FACTS === "off") return;
  const record = recorder(context.broker);
  const step = (): Promise<boolean> => tellAll(context, record);
  tellings.set(context, new Telling(context.logger, "the log of facts", AGAIN_MS, step));
}
export const closeFacts = async (context: UploadsContext): Promise<void> => tellings.get(context)?.stop();

/** Behind whoever did it: they don't wait for it. */
export const tellFactsSoon = (context: UploadsContext): void => tellings.get(context)?.soon();
