/** Our filters and changes in MongoDB's words; they differ in `$prefix` and in the id of what an upsert makes. */
import { newId } from "../../../platform/id";

export type Plain = Readonly<Record<string, unknown>>;

function condition(wanted: unknown): unknown {
  if (typeof wanted !== "object" || wanted === null || !("$prefix" in wanted)) return wanted;
  const { $prefix, ...rest } = wanted as Plain;
  if ($prefix === undefined) return rest;
  // Anchored and case-sensitive, so that an index serves it.
  return { ...rest, $regex: `^${($prefix as string).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}` };
}

export function toQuery(filter: Plain): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(filter)
      .filter(([, wanted]) => wanted !== undefined)
      .map(([key, wanted]) =>
        key === "$or" || key === "$and" ? [key, (wanted as Plain[]).map(toQuery)] : [key, condition(wanted)],
      ),
  );
}

/** Operators without a field are an error to some servers. */
export const toUpdate = (change: Plain): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(change).filter(
      ([, fields]) => typeof fields === "object" && fields !== null && Object.keys(fields).length > 0,
    ),
  );

/** Without this MongoDB would make the id, an ObjectId where ours are strings. */
export const toUpsert = (filter: Plain, change: Plain): Record<string, unknown> =>
  "_id" in filter ? toUpdate(change) : { ...toUpdate(change), $setOnInsert: { _id: newId() } };
