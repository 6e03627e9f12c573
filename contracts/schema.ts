/**
 * The schema language of contracts: one value is at once the TypeScript type (`Infer`), the runtime check
 * (a fastest-validator rule) and the published JSON Schema (openapi.yml, asyncapi.yml).
 */
import { hasUnshowable, isNamesLength, isPasswordsLength, isSound, isVisible, NAME, PASSWORD } from "./text";
import type { ValidationRule, ValidationSchema } from "fastest-validator";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface JsonSchema {
  [keyword: string]: Json | JsonSchema | JsonSchema[] | undefined;
}
type Rule = Exclude<ValidationRule, string | unknown[]> & Record<string, unknown>;

export interface Schema<T> {
  /** The fastest-validator rule that checks a value at run time. */
  readonly rule: Rule;
  /** The same as JSON Schema 2020-12, for the published specs. */
  readonly json: JsonSchema;
  /** The shape of an object's fields, where it has any; used to convert query strings and to name fields. */
  readonly fields?: Fields;
  /** Carries the type only; never present at run time. */
  readonly _type?: T;
}
export interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true;
}
export type Fields = Readonly<Record<string, Schema<unknown>>>;

export type Infer<S> = S extends Schema<infer T> ? T : never;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends OptionalSchema<unknown> ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };
export type InferFields<F> = Flat<
  { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
    -readonly [K in OptionalKeys<F>]?: Infer<F[K]>;
  }
>;

const make = <T>(rule: Record<string, unknown>, json: JsonSchema, fields?: Fields): Schema<T> =>
  ({ rule: rule as Rule, json, ...(fields ? { fields } : {}) }) satisfies Schema<T>;

const defined = <T extends object>(o: T): T =>
  Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;

interface About {
  readonly about?: string;
}
const URL_MAX = 2048;

/** Whole numbers from 0 on, as far as JavaScript can tell them apart; `default` makes a missing value that number. */
export function int(o: { min?: number; max?: number; default?: number } & About = {}): Schema<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = o;
  const format = max < 2 ** 31 ? "int32" : "int64";
  return make(
    defined({ type: "number", integer: true, min, max, default: o.default }),
    defined({
      type: "integer",
      format,
      minimum: min,
      maximum: max,
      default: o.default,
      description: o.about,
    }) as JsonSchema,
  );
}

/** Any finite number. */
export function num(o: { min?: number; max?: number } & About = {}): Schema<number> {
  return make(
    defined({ type: "number", min: o.min, max: o.max }),
    defined({ type: "number", minimum: o.min, maximum: o.max, description: o.about }) as JsonSchema,
  );
}

interface Problem {
  type: string;
  expected?: unknown;
  actual?: unknown;
}
/** What is asked of a text beyond its length and pattern: the rule that it breaks, if any. */
type Judge = (value: string) => string | undefined;
const TEXT_RULES = {
  wellFormed: "The '{field}' field must be well-formed text without NUL.",
  visible: "The '{field}' field must have something to see.",
  length: `A name has ${NAME.min} to ${NAME.max} characters.`,
  bytes: `A password has ${PASSWORD.min} to ${PASSWORD.max} bytes.`,
  characters: "The '{field}' field must have no control characters and none that turn the reading direction.",
};

const sound: Judge = (value) => (isSound(value) ? undefined : "wellFormed");
const showable: Judge = (value) =>
  sound(value) ?? (hasUnshowable(value) ? "characters" : value === "" || isVisible(value) ? undefined : "visible");

/** Text of any kind: whole characters, no NUL. */
export function text(
  o: { min?: number; max?: number; pattern?: RegExp; trim?: boolean; format?: string } & About = {},
): Schema<string> {
  return judged(sound, o);
}

/** What people are shown as a name: something to see, and nothing that makes it show as another. */
export const name = (o: { min?: number; max?: number } & About = {}): Schema<string> => {
  const { rule, json } = judged(showable, { ...o, trim: true });
  return make(rule, { ...json, pattern: SHOWN });
};

/** A name that an account is given: once trimmed, with single blanks, in Unicode's form NFC. */
export const accountName = (): Schema<string> => {
  const judge: Judge = (value) => showable(value) ?? (isNamesLength(value) ? undefined : "length");
  const about = `${NAME.min} to ${NAME.max} characters of any script, in Unicode's form NFC`;
  const { rule, json } = judged(judge, { min: 1, max: 160, trim: true, about });
  return make(rule, { ...json, pattern: SHOWN, minLength: NAME.min, maxLength: NAME.max });
};

/** A password that is set; one that is asked for may be any text. */
export const newPassword = (): Schema<string> => {
  const judge: Judge = (value) => sound(value) ?? (isPasswordsLength(value) ? undefined : "bytes");
  const about = `${PASSWORD.min} to ${PASSWORD.max} bytes in Unicode's form NFC`;
  const { rule, json } = judged(judge, { max: 1000, about });
  return make(rule, { ...json, minLength: PASSWORD.min, maxLength: PASSWORD.max });
};

/** What every text keeps to, as other languages can say it: no NUL. */
const SOUND = "^[^\\x00]*$";
/** And names: none of the unshowable but white space, which is trimmed at the ends. */
const SHOWN = "^[^\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]*$";
/** Does this pattern say more than that? */
export const isOwnPattern = (pattern: unknown): pattern is string =>
  typeof pattern === "string" && pattern !== SOUND && pattern !== SHOWN;

function judged(judge: Judge, o: NonNullable<Parameters<typeof text>[0]>): Schema<string> {
  const { min, max, pattern, trim } = o;
  // The library lets an empty text pass before it looks at the pattern.
  const empty = pattern ? pattern.test("") : min === undefined || min === 0;
  const custom = (value: unknown, errors: Problem[]): unknown => {
    const broken = typeof value === "string" ? judge(value) : undefined;
    if (broken) errors.push({ type: broken });
    return value;
  };
  return make(
    defined({ type: "string", min, max, pattern, trim, empty, custom, messages: TEXT_RULES }),
    defined({
      type: "string",
      minLength: min,
      maxLength: max,
      pattern: pattern?.source ?? SOUND,
      format: o.format,
      description: o.about,
    }) as JsonSchema,
  );
}

/** The id of a conversation, message, notification or file: 24 lower-case hex digits. */
export function id(about?: string): Schema<string> {
  const { rule, json } = text({ pattern: /^[0-9a-f]{24}$/, ...(about === undefined ? {} : { about }) });
  return make(rule, { ...json, minLength: 24, maxLength: 24 });
}

/** An address that we send to: https://, or http:// where OUTGOING_PRIVATE is on. */
export const outwardUrl = (): Schema<string> =>
  published(text({ min: 1, max: URL_MAX }), { pattern: "^https?://[^\\s]+$", format: "uri" });

export const userId = (about?: string): Schema<number> =>
  int({ min: 1, max: 2_147_483_647, ...(about === undefined ? {} : { about }) });

/** Of who did something: a user's, or 0 for an operator, a server key or the system itself. */
export const actorId = (about = "0: an operator, a server key or the system"): Schema<number> =>
  int({ min: 0, max: 2_147_483_647, about });

/** The address of a picture: absolute, or a path of our own; nothing that a browser would run. Empty is none. */
export const picture = (): Schema<string> => text({ max: URL_MAX, pattern: PICTURE });
const PICTURE = /^(https?:\/\/[^\s\\]+|\/(?![/\\])[^\s\\]*)?$/;

/** A picture that lies elsewhere: others have no files of ours to name. */
export const isForeignPicture = (url: string): boolean =>
  url.length <= URL_MAX && !url.startsWith("/") && PICTURE.test(url) && url !== "";

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A day or a moment that there is, as ISO 8601; JavaScript itself takes the 31st of February for the 3rd of March. */
export function isMoment(value: string): boolean {
  if (!ISO.test(value) || Number.isNaN(Date.parse(value))) return false;
  const [year = 0, month = 1, day = 1] = value.slice(0, 10).split("-").map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}

/** A moment as ISO 8601; answers are always UTC with milliseconds. */
export function time(about?: string): Schema<string> {
  const check = (value: unknown, errors: Problem[]): unknown => {
    if (typeof value === "string" && !isMoment(value)) errors.push({ type: "time", actual: value });
    return value;
  };
  return make(
    { type: "string", custom: check, messages: { time: "The '{field}' field must be an ISO 8601 time." } },
    defined({ type: "string", format: "date-time", maxLength: 35, description: about }) as JsonSchema,
  );
}

export function bool(o: { default?: boolean } & About = {}): Schema<boolean> {
  return make(
    defined({ type: "boolean", default: o.default }),
    defined({ type: "boolean", default: o.default, description: o.about }) as JsonSchema,
  );
}

export function oneOf<const V extends string>(values: readonly V[], about?: string): Schema<V> {
  return make(
    {
      type: "enum",
      values: [...values],
      messages: { enumValue: "The '{field}' field must be one of {expected}." }, // the library's own text means the reverse
    },
    defined({ type: "string", enum: [...values], description: about }) as JsonSchema,
  );
}

/** Exactly this value. */
export function exactly<const V extends string | boolean | number>(value: V): Schema<V> {
  return make({ type: "equal", value, strict: true }, { const: value });
}

export function list<T>(
  item: Schema<T>,
  o: { min?: number; max?: number; unique?: boolean } & About = {},
): Schema<T[]> {
  const { min, max, unique } = o;
  return make(
    defined({ type: "array", items: item.rule, min, max, unique }),
    defined({
      type: "array",
      items: item.json,
      minItems: min,
      maxItems: max,
      uniqueItems: unique,
      description: o.about,
    }) as JsonSchema,
  );
}

/**
 * `null` for a field that may be left out, and is not itself nullable, means that it is left out: the validator lets it
 * pass as null, which no handler expects.
 */
function withoutNulls(fields: Fields): { custom?: (value: unknown) => unknown } {
  const names = Object.entries(fields).flatMap(([name, s]) => ("optional" in s && !s.rule.nullable ? [name] : []));
  if (names.length === 0) return {};
  return {
    custom(value) {
      if (typeof value !== "object" || value === null) return value;
      const given = value as Record<string, unknown>;
      for (const name of names) if (given[name] === null) delete given[name];
      return given;
    },
  };
}

/** An object with these fields; fields it does not name are dropped, never stored. */
export function object<const F extends Fields>(fields: F, about?: string): Schema<InferFields<F>> {
  const entries = Object.entries(fields);
  const required = entries.filter(([, s]) => !("optional" in s) && s.rule.default === undefined).map(([k]) => k);
  return make(
    {
      type: "object",
      strict: "remove",
      properties: Object.fromEntries(entries.map(([k, s]) => [k, s.rule])),
      ...withoutNulls(fields),
    },
    defined({
      type: "object",
      properties: Object.fromEntries(entries.map(([k, s]) => [k, s.json])),
      required: required.length ? required : undefined,
      description: about,
    }) as JsonSchema,
    fields,
  );
}

/** A map with free keys, all values of one kind; `keys` limits what a key may be. */
export function map<T>(value: Schema<T>, o: { keys?: RegExp; max?: number } & About = {}): Schema<Record<string, T>> {
  const key = o.keys ? { type: "string", pattern: o.keys } : { type: "string" };
  const max = o.max;
  const check = (v: unknown, errors: { type: string; expected?: unknown; actual?: unknown }[]): unknown => {
    const size = v && typeof v === "object" ? Object.keys(v).length : 0;
    if (max !== undefined && size > max) errors.push({ type: "mapMax", expected: max, actual: size });
    return v;
  };
  return make(
    {
      type: "record",
      key,
      value: value.rule,
      custom: check,
      messages: { mapMax: "The '{field}' field must have at most {expected} entries." },
    },
    defined({
      type: "object",
      additionalProperties: value.json,
      propertyNames: o.keys ? { pattern: o.keys.source } : undefined,
      maxProperties: max,
      description: o.about,
    }) as JsonSchema,
  );
}

/** May be left out. */
export function optional<T>(s: Schema<T>): OptionalSchema<T> {
  return { ...s, rule: { ...s.rule, optional: true, nullable: s.rule.nullable === true } as Rule, optional: true };
}

export function nullable<T>(s: Schema<T>): Schema<T | null> {
  const { json } = s;
  return make(
    { ...s.rule, nullable: true },
    typeof json.type === "string" && json.enum === undefined
      ? { ...json, type: [json.type, "null"] }
      : { anyOf: [json, { type: "null" }] },
    s.fields,
  );
}

/** One of two kinds; a value must fit one of them. */
export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return make({ type: "multi", rules: [a.rule, b.rule] }, { anyOf: [a.json, b.json] });
}

/** Anything at all; only for values that no rule of ours reads. */
export const anything = (about?: string): Schema<unknown> =>
  make({ type: "any" }, defined({ description: about }) as JsonSchema);

/** Nothing: an action or event without parameters. */
export const nothing = object({});

/**
 * Published with these keywords: the bounds of a rule that says more exactly, or in a code of its own, what does not fit,
 * and is therefore asked instead of the check.
 */
export const published = <S extends Schema<unknown>>(s: S, keywords: JsonSchema): S => ({
  ...s,
  json: { ...s.json, ...keywords },
});

/** Gives a schema its name in the published specs, where it is stated once and referred to. */
export function named<T>(name: string, s: Schema<T>): Schema<T> {
  return { ...s, json: { ...s.json, title: name } };
}

/** Where a rule object stands a second time the validator leaves out its `custom`: each place gets a copy of its own. */
function unshared<T>(rule: T): T {
  if (Array.isArray(rule)) return rule.map(unshared) as T;
  if (typeof rule !== "object" || rule === null || Object.getPrototypeOf(rule) !== Object.prototype) return rule;
  return Object.fromEntries(Object.entries(rule).map(([key, value]) => [key, unshared<unknown>(value)])) as T;
}

/** The `params` of a Moleculer action: unknown fields are dropped before the handler sees them. */
export const params = (s: Schema<unknown>): ValidationSchema => ({ ...unshared(s.rule), $$root: true });
