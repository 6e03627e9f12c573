/** What nodes say to each other, as shapes: of each action its params, of each event its payload. */
import { actions } from "../../contracts/actions";
import { events } from "../../contracts/events";
import { type Json, type JsonSchema } from "../../contracts/schema";

export type Shapes = Readonly<Record<string, JsonSchema>>;

/** What is for people, and does not decide whether a value is taken. */
const WORDS = new Set(["description", "examples", "example", "title", "default", "format", "deprecated", "$comment"]);

function bare(json: JsonSchema, ofFields = false): JsonSchema {
  const kept = Object.entries(json).filter(([key, value]) => value !== undefined && (ofFields || !WORDS.has(key)));
  return Object.fromEntries(kept.map(([key, value]) => [key, part(value, key === "properties" && !ofFields)]));
}
function part(value: unknown, ofFields: boolean): Json | JsonSchema {
  if (Array.isArray(value)) return value.map((one: unknown) => part(one, false)) as Json;
  return typeof value === "object" && value !== null ? bare(value as JsonSchema, ofFields) : (value as Json);
}

export const shapes = (): Shapes =>
  Object.fromEntries([
    ...Object.entries(actions).map(([name, { params }]) => [name, bare(params.json)] as const),
    ...Object.entries(events).map(([name, { payload }]) => [`event ${name}`, bare(payload.json)] as const),
  ]);
