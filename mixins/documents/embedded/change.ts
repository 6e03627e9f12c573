/** Changes documents as MongoDB's update operators do. What is stored is never changed, so that it can be shared. */
import { type Change } from "../types";
import { type Doc, isCondition, same, stored, textOf } from "./json";

type Step = (holder: Doc, key: string, operand: unknown) => void;

const listOf = (holder: Doc, key: string): unknown[] => {
  const value = holder[key] ?? [];
  if (!Array.isArray(value)) throw new TypeError(`${key} is no list`);
  return (holder[key] = [...(value as unknown[])]);
};
const each = (operand: unknown): readonly unknown[] =>
  typeof operand === "object" && operand !== null && "$each" in operand
    ? (operand.$each as readonly unknown[])
    : [operand];

const steps: Readonly<Record<keyof Change<unknown>, Step>> = {
  $set: (holder, key, operand) => {
    if (operand !== undefined) holder[key] = stored(operand);
  },
  $unset: (holder, key) => {
    delete holder[key];
  },
  $inc: (holder, key, operand) => {
    holder[key] = ((holder[key] as number | undefined) ?? 0) + (operand as number);
  },
  $max: (holder, key, operand) => {
    const now = holder[key] as number | undefined;
    if (now === undefined || now === null || now < (operand as number)) holder[key] = stored(operand);
  },
  $push: (holder, key, operand) => {
    listOf(holder, key).push(...each(operand).map(stored));
  },
  $addToSet: (holder, key, operand) => {
    const list = listOf(holder, key);
    for (const value of each(operand)) if (!list.some((v) => same(v, value))) list.push(stored(value));
  },
  $pull: (holder, key, operand) => {
    if (Array.isArray(holder[key])) holder[key] = holder[key].filter((v) => !same(v, operand));
  },
};

/**
 * The map that holds the last part of a path, in copies of the maps on the way: the rest is shared with the old document.
 * Of `copies` no further one is made, else ten thousand paths into one map would copy it ten thousand times.
 */
function holderOf(doc: Doc, path: string, copies: Set<unknown>): [Doc, string] {
  if (!path.includes(".")) return [doc, path];
  const parts = path.split(".");
  let holder = doc;
  for (const part of parts.slice(0, -1)) {
    if (!copies.has(holder[part])) copies.add((holder[part] = { ...(holder[part] as Doc | undefined) }));
    holder = holder[part] as Doc;
  }
  return [holder, parts.at(-1) as string];
}

export function changed(doc: Doc, change: Change<Doc>): Doc {
  const next = { ...doc };
  const copies = new Set<unknown>();
  for (const [name, fields] of Object.entries(change) as [keyof Change<unknown>, Doc][])
    for (const path in fields) {
      const [holder, key] = holderOf(next, path, copies);
      steps[name](holder, key, fields[path]);
    }
  if (next._id !== doc._id) throw new TypeError("a document keeps its _id");
  return next;
}

/** The value at a path. */
const valueAt = (doc: Doc, path: string): unknown =>
  path.includes(".") ? path.split(".").reduce<unknown>((at, part) => (at as Doc)[part], doc) : doc[path];

/**
 * A change as the text of what it has set, by paths; undefined where it did something else than that. Of a large document
 * (a group with thousands of members) that is little, and to write it down is all that a change of it costs.
 */
export function patchOf(change: Change<Doc>, doc: Doc): string | undefined {
  const { $set, ...others } = change;
  if (!$set || Object.keys(others).length > 0) return undefined;
  const values: Doc = {};
  for (const path in $set) if ($set[path] !== undefined) values[path] = valueAt(doc, path);
  return textOf(values);
}

/** The document after a patch; its values are those of `storedDocOf`. */
export function patched(doc: Doc, values: Doc): Doc {
  return changed(doc, { $set: values });
}

/** What an upsert starts from: the fields that the filter asks to be equal to something. */
export const equalFields = (filter: Readonly<Doc>): Doc =>
  Object.fromEntries(Object.entries(filter).filter(([key, value]) => !key.startsWith("$") && !isCondition(value)));
