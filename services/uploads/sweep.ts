/** What nobody will ever ask for goes: files that were never sent, and what broken-off uploads left in the store. */
import { call } from "../../platform/bus";
import { allKeys, baseKey } from "./attachments";
import { type UploadsContext } from "./context";

const BATCH = 500;
/** Between an upload's deadline and its file's birth lie the checks. */
const GRACE_MS = 120_000;

async function sweepFiles({ attachments, broker, env }: UploadsContext): Promise<number> {
  const before = new Date(Date.now() - env.UPLOAD_ORPHAN_AGE);
  let removed = 0;
  for (;;) {
    const filter = { orphan_since: { $lt: before } };
    const docs = await attachments.find(filter, { fields: ["owner_id"], limit: BATCH });
    let now = 0;
    for (const { _id, owner_id } of docs) {
      const params = { ownerId: owner_id, fileIds: [_id], orphanedBefore: before.toISOString() };
      now += (await call(broker, "uploads.remove", params)).count;
    }
    removed += now;
    if (docs.length < BATCH || now === 0) return removed;
  }
}

/** Removes those of the batch that no file has. */
async function sweepBatch({ attachments, store }: UploadsContext, keys: readonly string[]): Promise<number> {
  const bases = [...new Set(keys.map(baseKey))];
  const docs = await attachments.find({ object_key: { $in: bases } }, { fields: ["object_key"] });
  const used = new Set(docs.map((doc) => doc.object_key));
  const orphans = bases.filter((key) => !used.has(key));
  await store.remove(orphans.flatMap(allKeys));
  return orphans.length;
}

async function sweepObjects(context: UploadsContext, before: Date): Promise<number> {
  let removed = await context.store.clean(before);
  let batch: string[] = [];
  for await (const { key, modified } of context.store.list()) {
    if (modified < before) batch.push(key);
    if (batch.length < BATCH) continue;
    removed += await sweepBatch(context, batch);
    batch = [];
  }
  return removed + (await sweepBatch(context, batch));
}

export async function sweep(context: UploadsContext): Promise<{ files: number; objects: number }> {
  const files = await sweepFiles(context);
  const objects = await sweepObjects(context, new Date(Date.now() - context.env.UPLOAD_TIMEOUT - GRACE_MS));
  return { files, objects };
}
