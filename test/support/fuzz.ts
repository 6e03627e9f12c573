/** Input from a published schema: mostly what it asks for, sometimes what it forbids. */
import fc, { type Arbitrary } from "fast-check";

export const CASES = Number(process.env.FUZZ_CASES ?? 300);

/** Values that have broken servers before. */
const junk: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    " ",
    0,
    -1,
    1.5,
    2 ** 53,
    "💣",
    "\u0000",
    "../../etc/passwd",
    "<script>",
    "'; --",
  ),
  fc.constantFrom<unknown>([], {}, [[]], { $ne: null }, { $gt: "" }, { length: 3 }, { toString: 1 }, ["a", 1, null]),
  fc.string({ maxLength: 60 }),
  fc.constant("x".repeat(9_000)),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);

export interface Pool {
  /** Ids that exist, so that the fuzz gets behind the first check. */
  readonly ids: readonly string[];
  readonly users: readonly number[];
}

function textOf(json: any, pool: Pool): Arbitrary<unknown> {
  if (json.pattern?.includes("{24}")) return fc.constantFrom(...pool.ids, "0".repeat(24));
  if (json.pattern?.includes("__proto__"))
    return fc.constantFrom("👍", "❤️", ":+1:", "x.y", "$a", "__proto__", "a\u0000");
  if (json.format === "date-time") return fc.date({ noInvalidDate: true }).map((d) => d.toISOString());
  if (json.format === "email") return fc.integer({ max: 1e6, min: 0 }).map((n) => `u${n}@example.org`);
  const max = Math.min(json.maxLength ?? 40, 80);
  return fc.string({ minLength: Math.min(json.minLength ?? 0, max), maxLength: max, unit: "grapheme" });
}

function valid(json: any, pool: Pool): Arbitrary<unknown> {
  const { anyOf, properties, additionalProperties, propertyNames } = json;
  if (json.const !== undefined) return fc.constant(json.const);
  if (json.enum) return fc.constantFrom(...json.enum);
  if (anyOf) return fc.oneof(...anyOf.map((s: any) => arbitrary(s, pool)));
  const type = Array.isArray(json.type) ? json.type[0] : json.type;
  if (type === "string") return textOf(json, pool);
  if (type === "boolean") return fc.boolean();
  if (type === "integer" && json.maximum === 2_147_483_647) return fc.constantFrom(...pool.users, 999_999);
  if (type === "integer") return fc.integer({ min: json.minimum ?? 0, max: Math.min(json.maximum ?? 1000, 1000) });
  if (type === "array") return fc.array(arbitrary(json.items ?? {}, pool), { maxLength: 4 });
  if (type !== "object") return junk;
  if (additionalProperties)
    return fc.dictionary(
      propertyNames ? fc.constantFrom(...pool.ids) : fc.string(),
      arbitrary(additionalProperties, pool),
      {
        maxKeys: 3,
      },
    );
  return objects(properties ?? {}, json.required ?? [], pool);
}

export function objects(properties: Record<string, any>, required: string[], pool: Pool): Arbitrary<object> {
  const fields = Object.fromEntries(Object.entries(properties).map(([k, s]) => [k, arbitrary(s, pool)]));
  const keys = Object.keys(properties).filter((k) => required.includes(k));
  const whole = fc.record(fields, { requiredKeys: keys });
  return fc.oneof({ weight: 8, arbitrary: whole }, { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) });
}

/** A part of a published spec, with the reference that it may be followed. */
export const dereferenced = (spec: any, json: any): any =>
  json?.$ref
    ? dereferenced(
        spec,
        json.$ref
          .split("/")
          .slice(1)
          .reduce((at: any, key: string) => at[key], spec),
      )
    : json;

export const arbitrary = (json: any, pool: Pool): Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: valid(json, pool) }, { weight: 1, arbitrary: junk });

/** What an answer must never hold: stacks, paths, our libraries, node names, operators' secrets, hashes. */
export const LEAK =
  /node_modules|\.ts:\d|\.js:\d|\bat [\w.]+ \(|Sequelize|MoleculerError|\$2[aby]\$\d\d\$|password_hash|SELECT |NeDB/;
