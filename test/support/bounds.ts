/** Every bound that a published schema states, with a value at it and one beyond: for a test that sends both. */
import { isOwnPattern } from "../../contracts/schema";
import { dereferenced } from "./fuzz";

export interface Bound {
  /** Where it stands in the payload; a number is the place in a list. */
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly at: unknown;
  /** Left out where the bound is that null is taken. */
  readonly beyond?: unknown;
}

const MOMENT = "2026-01-31T12:00:00.123456789+00:00";
/** What fits a pattern and can't be longer, or is no string of any letter. */
const byPattern: readonly (readonly [RegExp, (max: number) => string])[] = [
  // Of at most 64 characters before the sign, and 63 in each label behind it.
  [/@/, (max) => `${"a".repeat(64)}@${`${"b".repeat(60)}.`.repeat(4).slice(0, max - 69)}.org`],
  [/\/files\//, () => `/files/${"a".repeat(24)}`],
  [/\{24\}\\\./, () => `${"a".repeat(24)}.${"A".repeat(22)}`],
  [/\{24\}/, () => "a".repeat(24)],
  [/\{64\}/, () => "a".repeat(64)],
  [/\{87\}/, () => `${"A".repeat(87)}=`],
  [/\{22\}\(==\)/, () => `${"A".repeat(22)}==`],
  [/\[0-5\]/, () => "22:00"],
  [/https\?/, (max) => `https://example.org/${"a".repeat(max - 20)}`],
];

function textAt(json: any, max: number): string {
  if (json.format === "date-time") return MOMENT.slice(0, max);
  const made = byPattern.find(([pattern]) => pattern.test(json.pattern ?? ""));
  return made ? made[1](max) : "a".repeat(max);
}

const isNull = (json: any): boolean => json?.type === "null";
const typeOf = (json: any): string | undefined =>
  Array.isArray(json.type) ? json.type.find((t: string) => t !== "null") : json.type;

/** A list of so many different things. */
function itemsOf(spec: any, json: any, example: unknown, count: number): unknown[] {
  const item = dereferenced(spec, json);
  const made = (n: number): unknown => {
    if (item.enum) return item.enum[n % item.enum.length];
    if (typeOf(item) === "integer") return n + Number(item.minimum ?? 1);
    if (typeOf(item) === "string") return /\{24\}/.test(item.pattern ?? "") ? hexId(n) : `${n}`;
    return example;
  };
  return Array.from({ length: count }, (_, n) => made(n));
}
const hexId = (n: number): string => n.toString(16).padStart(24, "0");

export function boundsIn(spec: any, schema: any, example: any, path: Bound["path"] = []): Bound[] {
  const json = dereferenced(spec, schema);
  if (json.anyOf) {
    const others = json.anyOf.filter((one: any) => !isNull(one));
    const rest = others.length === 1 ? boundsIn(spec, others[0], example, path) : []; // of two kinds the other may fit
    return others.length < json.anyOf.length ? [{ path, what: "null", at: null }, ...rest] : rest;
  }
  const bound = (what: string, at: unknown, beyond: unknown): Bound => ({ path, what, at, beyond });
  const found: Bound[] = [];
  if (Array.isArray(json.type) && json.type.includes("null")) found.push({ path, what: "null", at: null });
  switch (typeOf(json)) {
    case "string": {
      const { minLength, maxLength } = json;
      if (json.enum) return [...found, bound("one of a few", json.enum.at(-1), `${json.enum.at(-1)}x`)];
      if (maxLength !== undefined) found.push(bound("longest", textAt(json, maxLength), `${textAt(json, maxLength)}a`));
      if (minLength > 0 && !isOwnPattern(json.pattern))
        found.push(bound("shortest", textAt(json, minLength), "a".repeat(minLength - 1)));
      return found;
    }
    case "integer": {
      const { minimum, maximum } = json;
      return [...found, bound("highest", maximum, maximum + 1), bound("lowest", minimum, minimum - 1)];
    }
    case "array": {
      const { minItems, maxItems, items } = json;
      const of = (count: number): unknown[] => itemsOf(spec, items, example?.[0], count);
      if (maxItems !== undefined) found.push(bound("most", of(maxItems), of(maxItems + 1)));
      if (minItems > 0) found.push(bound("fewest", of(minItems), of(minItems - 1)));
      return [...found, ...boundsIn(spec, items, example?.[0], [...path, 0])];
    }
    case "object": {
      const { maxProperties, additionalProperties, properties = {} } = json;
      const of = (count: number): object =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [hexId(n), Object.values(example ?? {})[0] ?? 1]));
      if (additionalProperties && maxProperties) found.push(bound("most", of(maxProperties), of(maxProperties + 1)));
      const inner = Object.entries(properties).flatMap(([name, one]) =>
        boundsIn(spec, one, example?.[name], [...path, name]),
      );
      return [...found, ...inner];
    }
    default:
      return found;
  }
}

/** The payload with another value in that place. */
export function withValue(payload: any, [step, ...rest]: Bound["path"], value: unknown): any {
  if (step === undefined) return value;
  const inner = withValue(payload?.[step] ?? {}, rest, value);
  if (typeof step === "number") return [inner, ...(Array.isArray(payload) ? payload.slice(1) : [])];
  return { ...payload, [step]: inner };
}

/** Rules by which a value that goes over a bound is refused. */
const OVER =
  /^(string|array|number)(Max|Min|Empty|Pattern|Unique)$|^(mapMax|keys|enumValue|time|stringEnum|length|bytes|url)$/;

/** Something of another kind got there than was sent. */
export const isUnread = (error: any): boolean =>
  Array.isArray(error?.details) && error.details.some(({ rule }: any) => /^(string|array|object|record)$/.test(rule));

/** Does this refusal name the field as one that goes over a bound? */
export function isOverBound(error: any, path: Bound["path"]): boolean {
  const named = path.filter((step) => typeof step === "string").at(-1);
  const details = Array.isArray(error?.details) ? error.details : [];
  return details.some(
    ({ field, rule }: any) =>
      OVER.test(rule) &&
      (named === undefined ||
        String(field)
          .replace(/\[\d+\]/g, "")
          .split(".")
          .at(-1) === named),
  );
}
