/**
 * The product's own data on users, conversations, members and messages: an object up to 4 kB as JSON. A change is merged key
 * by key; `null` takes a key away, and instead of the object all of it. Pure.
 */
import { badField, fail } from "./errors";
import { anything, map, nullable, optional, type OptionalSchema, type Schema } from "./schema";
import { isSound } from "./text";

export type Custom = Record<string, unknown>;
/** Refuses what the operator's schema does not allow. */
export type CustomCheck = (value: Custom) => void;

export const customKinds = ["user", "conversation", "member", "message"] as const;
export type CustomKind = (typeof customKinds)[number];

/** Bytes as JSON. */
export const MAX_CUSTOM = 4096;
const MAX_KEYS = 100;

/** Any JSON, null among it. */
const value: Schema<unknown> = { ...anything(), rule: { type: "any", nullable: true, optional: true } };

/** As it is shown. */
export const customShown = (): Schema<Custom> =>
  map(value, { about: "the product's own data; `{}` where there is none" });
/** As it is given with something new. */
export const customGiven = (): OptionalSchema<Custom> =>
  optional(map(value, { about: `the product's own data, at most ${MAX_CUSTOM} bytes as JSON and ${MAX_KEYS} keys` }));
/** As a change of what is there. */
export const customChange = (): OptionalSchema<Custom | null> =>
  optional(
    nullable(map(value, { about: "merged into what is there, key by key; null takes a key away, or all of it" })),
  );
export const customFilter = (): OptionalSchema<Custom> =>
  optional(
    map(value, {
      max: 10,
      about: "top-level keys of `custom` and the text, number or boolean that each must equal",
    }),
  );

/** What can't be carried as it is to every client and store. */
function flawOf(value: unknown): string | undefined {
  if (typeof value === "string") return isSound(value) ? undefined : "well-formed text without NUL";
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "finite numbers";
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const flaw = key === "__proto__" ? "no key __proto__" : (flawOf(key) ?? flawOf(inner));
    if (flaw) return flaw;
  }
  return undefined;
}

/** @throws TOO_LARGE, BAD_REQUEST */
function checkFits(value: Custom): string {
  const flaw = flawOf(value);
  if (flaw) throw badField("custom", "custom", `The 'custom' field must have ${flaw}.`);
  const json = JSON.stringify(value);
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > MAX_CUSTOM || Object.keys(value).length > MAX_KEYS)
    throw fail(
      "TOO_LARGE",
      `'custom' has at most ${MAX_CUSTOM} bytes as JSON and ${MAX_KEYS} keys, got ${bytes} bytes.`,
      {
        max: MAX_CUSTOM,
      },
    );
  return json;
}

/** As it is stored: JSON, so that no store takes its keys for operators or paths; null for none. */
export type StoredCustom = string | null;

export const customOf = (stored: StoredCustom | undefined): Custom => (stored ? (JSON.parse(stored) as Custom) : {});

/**
 * What is stored after a change.
 * @throws TOO_LARGE, BAD_REQUEST
 */
export function customAfter(
  before: StoredCustom | undefined,
  change: Custom | null | undefined,
  check?: CustomCheck,
): StoredCustom {
  if (change === undefined) return before ?? null;
  const entries = Object.entries({ ...customOf(before), ...change }).filter(([, given]) => given !== null);
  if (change === null || entries.length === 0) return null;
  const merged = Object.fromEntries(entries);
  const stored = checkFits(merged);
  check?.(merged);
  return stored;
}

type Scalar = string | number | boolean;
const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);

/** @throws BAD_REQUEST for a filter by anything but equality with a text, a number or a boolean */
export function checkFilter(filter: Custom): void {
  for (const [key, value] of Object.entries(filter))
    if (!isScalar(value))
      throw badField(
        `custom.${key}`,
        "scalar",
        `'custom' is filtered by texts, numbers and booleans; '${key}' is none.`,
      );
}

export function fitsFilter(custom: Custom, filter: Custom): boolean {
  return Object.entries(filter).every(([key, value]) => Object.hasOwn(custom, key) && custom[key] === value);
}

/** A short name of a text: two of the same name are rare, and told apart by who looks closer. */
function shortName(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
    b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
  }
  return ((a >>> 0) * 2 ** 21 + (b >>> 11)).toString(36);
}

/** Words by which messages with these top-level values are found: no word of a text begins like them. */
export const customTerms = (custom: Custom): string[] =>
  Object.entries(custom).flatMap(([key, value]) =>
    isScalar(value) ? [`:x${shortName(JSON.stringify([key, value]))}`] : [],
  );
