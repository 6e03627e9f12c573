/** Changes a copy of a document as MongoDB's update operators do. */
import { type Change } from "../types";
import { type AnyFilter, type Doc, isCondition, same } from "./match";

/** Copies what may be stored: undefined fields are left out, keys that no store takes are refused. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((v: unknown) => copy(v)) as T;
  const to: Doc = {};
  for (const key of Object.keys(value)) {
    const v = (value as Doc)[key];
    if (v === undefined) continue;
    if (key.startsWith("$") || key.includes(".")) throw new TypeError(`"${key}" can't be the name of a field`);
    to[key] = copy(v);
  }
  return to as T;
}

type Step = (holder: Doc, key: string, operand: unknown) => void;

const listOf = (holder: Doc, key: string): unknown[] => {
  const value = (holder[key] ??= []);
  if (!Array.isArray(value)) throw new TypeError(`${key} is no list`);
  return value;
};
const each = (operand: unknown): readonly unknown[] =>
  typeof operand === "object" && operand !== null && "$each" in operand
    ? (operand.$each as readonly unknown[])
    : [operand];

const steps: Readonly<Record<keyof Change<unknown>, Step>> = {
  $set: (holder, key, operand) => {
    if (operand !== undefined) holder[key] = copy(operand);
  },
  $unset: (holder, key) => {
    delete holder[key];
  },
  $inc: (holder, key, operand) => {
    holder[key] = ((holder[key] as number | undefined) ?? 0) + (operand as number);
  },
  $max: (holder, key, operand) => {
    const now = holder[key] as number | undefined;
    if (now === undefined || now === null || now < (operand as number)) holder[key] = operand;
  },
  $push: (holder, key, operand) => {
    listOf(holder, key).push(...each(operand).map(copy));
  },
  $addToSet: (holder, key, operand) => {
    const list = listOf(holder, key);
    for (const value of each(operand)) if (!list.some((v) => same(v, value))) list.push(copy(value));
  },
  $pull: (holder, key, operand) => {
    if (Array.isArray(holder[key])) holder[key] = holder[key].filter((v) => !same(v, operand));
  },
};

function holderOf(doc: Doc, path: string): [Doc, string] {
  const parts = path.split(".");
  let holder = doc;
  for (const part of parts.slice(0, -1)) holder = (holder[part] ??= {}) as Doc;
  return [holder, parts.at(-1) as string];
}

export function changed(doc: Doc, change: Change<Doc>): Doc {
  const next = copy(doc);
  for (const [name, fields] of Object.entries(change) as [keyof Change<unknown>, Doc][])
    for (const [path, operand] of Object.entries(fields)) {
      const [holder, key] = holderOf(next, path);
      steps[name](holder, key, operand);
    }
  if (next._id !== doc._id) throw new TypeError("a document keeps its _id");
  return next;
}

/** What an upsert starts from: the fields that the filter asks to be equal to something. */
export const equalFields = (filter: AnyFilter): Doc =>
  Object.fromEntries(Object.entries(filter).filter(([key, value]) => !key.startsWith("$") && !isCondition(value)));
