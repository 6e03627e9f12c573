/** Path and query carry strings only; the contract's schema says which of them mean numbers, booleans and lists. */
import { refuseHostileKeys } from "../../../platform/hostile";
import { type JsonSchema, type Schema } from "../../../contracts/schema";

const isType = (json: JsonSchema, type: string): boolean =>
  json.type === type ||
  (Array.isArray(json.type) && (json.type as unknown[]).includes(type)) ||
  (Array.isArray(json.anyOf) && (json.anyOf as JsonSchema[]).some((one) => isType(one, type)));

/** Numbers and names of kinds may share one value, `ids=1,2,3`; in texts a comma is a part of them. */
const separated = (items: JsonSchema, value: unknown): unknown[] =>
  typeof value === "string" && (isType(items, "integer") || Array.isArray(items.enum))
    ? value.split(",").map((one) => one.trim())
    : [value];

/** What does not look like the wanted type stays as it came: the check then says what is wrong with it. */
function convert(json: JsonSchema, value: unknown): unknown {
  if (isType(json, "array")) {
    const items = (json.items ?? {}) as JsonSchema;
    const many = Array.isArray(value) ? (value as unknown[]) : separated(items, value);
    return many.map((one) => convert(items, one));
  }
  if (typeof value !== "string") return value;
  if ((isType(json, "integer") || isType(json, "number")) && /^-?\d{1,16}(\.\d{1,16})?$/.test(value))
    return Number(value);
  if (isType(json, "boolean") && (value === "true" || value === "false")) return value === "true";
  if (isType(json, "object") && value.startsWith("{")) return objectIn(value);
  return value;
}

/** @throws BAD_REQUEST */
function objectIn(value: string): unknown {
  try {
    const object: unknown = JSON.parse(value);
    refuseHostileKeys(object);
    return object;
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

export function convertStrings(params: Schema<unknown>, strings: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(strings).map(([key, value]) => {
    const field = params.fields?.[key];
    return [key, field ? convert(field.json, value) : value];
  });
  return Object.fromEntries(entries) as object;
}
