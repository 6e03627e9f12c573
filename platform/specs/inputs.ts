/** What clients send, as it is taken: `null` for a field that may be left out means that it is left out. */
import { type JsonSchema } from "../../contracts/schema";

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function orNull(json: JsonSchema): JsonSchema {
  const { type, anyOf } = json;
  const isOpen = type === undefined && anyOf === undefined && json.enum === undefined && json.const === undefined;
  const takesNull = Array.isArray(type) || (anyOf as JsonSchema[] | undefined)?.some((one) => one.type === "null");
  if (isOpen || takesNull) return json;
  return typeof type === "string" && json.enum === undefined && json.title === undefined
    ? { ...json, type: [type, "null"] }
    : { anyOf: [json, { type: "null" }] };
}

function fieldsOf({ properties, required }: JsonSchema): JsonSchema {
  const must = new Set(Array.isArray(required) ? (required as unknown[]) : []);
  const entries = Object.entries(properties as Record<string, JsonSchema>).map(([name, json]) => {
    const inner = taken(json);
    return [name, must.has(name) ? inner : orNull(inner)];
  });
  return Object.fromEntries(entries) as JsonSchema;
}

/** The schema of an input, at any depth. */
export function taken(json: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf } = json;
  return {
    ...json,
    ...(isSchema(properties) ? { properties: fieldsOf(json) } : {}),
    ...(isSchema(items) ? { items: taken(items) } : {}),
    ...(isSchema(additionalProperties) ? { additionalProperties: taken(additionalProperties) } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: (anyOf as JsonSchema[]).map(taken) } : {}),
  };
}
