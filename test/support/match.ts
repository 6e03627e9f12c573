/** Does a document fit a filter, by the plainest reading of it? What the stores' answers are held to. */
import { type Condition } from "../../mixins/documents/types";

export type Doc = Record<string, unknown>;
/** A filter without its document's type: what a planner and a matcher walk over. */
export type AnyFilter = Readonly<Record<string, unknown>>;
export type AnyCondition = Condition<unknown>;

const isObject = (value: unknown): value is Doc =>
  typeof value === "object" && value !== null && !(value instanceof Date) && !Array.isArray(value);

/** A map of operators, not a value to be equal to. */
export const isCondition = (value: unknown): value is AnyCondition =>
  isObject(value) && Object.keys(value).some((key) => key.startsWith("$"));

export function fieldOf(doc: Doc, path: string): unknown {
  if (!path.includes(".")) return doc[path];
  let value: unknown = doc;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Doc)[part];
  }
  return value;
}

export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || a === null) return b === undefined || b === null;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (typeof a !== "object" || typeof b !== "object" || b === null || b instanceof Date) return false;
  const [left, right] = [a as Doc, b as Doc];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]));
}

/** Sign of the order of two values of one type; undefined where they don't compare. */
function order(a: unknown, b: unknown): number | undefined {
  const [x, y] = [a instanceof Date ? a.getTime() : a, b instanceof Date ? b.getTime() : b];
  if (a instanceof Date !== b instanceof Date || typeof x !== typeof y) return undefined;
  if (typeof x !== "number" && typeof x !== "string") return undefined;
  return x < (y as typeof x) ? -1 : x > (y as typeof x) ? 1 : 0;
}

/** On a list: the list itself or some element. */
const some = (value: unknown, fits: (value: unknown) => boolean): boolean =>
  fits(value) || (Array.isArray(value) && value.some(fits));
const compares = (value: unknown, bound: unknown, fits: (sign: number) => boolean): boolean =>
  some(value, (v) => {
    const sign = order(v, bound);
    return sign !== undefined && fits(sign);
  });

const operators: Readonly<Record<keyof AnyCondition, (value: unknown, wanted: unknown) => boolean>> = {
  $in: (value, wanted) =>
    typeof value === "string" || typeof value === "number"
      ? (wanted as unknown[]).includes(value)
      : (wanted as unknown[]).some((w) => some(value, (v) => same(v, w))),
  $nin: (value, wanted) => !operators.$in(value, wanted),
  $ne: (value, wanted) => !some(value, (v) => same(v, wanted)),
  $gt: (value, wanted) => compares(value, wanted, (sign) => sign > 0),
  $gte: (value, wanted) => compares(value, wanted, (sign) => sign >= 0),
  $lt: (value, wanted) => compares(value, wanted, (sign) => sign < 0),
  $lte: (value, wanted) => compares(value, wanted, (sign) => sign <= 0),
  $exists: (value, wanted) => (value !== undefined) === wanted,
  $prefix: (value, wanted) => some(value, (v) => typeof v === "string" && v.startsWith(wanted as string)),
};

function meets(value: unknown, wanted: unknown): boolean {
  if (!isCondition(wanted)) return some(value, (v) => same(v, wanted));
  return Object.entries(wanted).every(([name, operand]) => {
    const operator = operators[name as keyof AnyCondition];

    if (!operator) throw new TypeError(`there is no operator ${name}`);
    return operand === undefined || operator(value, operand);
  });
}

export function matches(doc: Doc, filter: AnyFilter): boolean {
  for (const key in filter) {
    const wanted = filter[key];
    if (key === "$and") {
      if (!(wanted as AnyFilter[]).every((f) => matches(doc, f))) return false;
    } else if (key === "$or") {
      if (!(wanted as AnyFilter[]).some((f) => matches(doc, f))) return false;
    } else if (key.startsWith("$")) throw new TypeError(`there is no operator ${key}`);
    else if (wanted !== undefined && !meets(fieldOf(doc, key), wanted)) return false;
  }
  return true;
}
