/** Named schemas are published once, under `components`, and referred to from everywhere else. */
import { type Json, type JsonSchema } from "../../contracts/schema";

export type Node = Json | JsonSchema | JsonSchema[] | undefined;
const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The same schema with every named part replaced by a reference. */
  ref(json: JsonSchema): JsonSchema {
    const { title, type, ...rest } = json;
    if (typeof title !== "string") return this.#inside(json);
    if (!this.schemas[title]) {
      this.schemas[title] = {}; // before its parts: a schema may hold itself
      const plain = Array.isArray(type) ? (type as string[]).find((t) => t !== "null") : type;
      this.schemas[title] = this.#inside({ ...(plain === undefined ? {} : { type: plain }), ...rest });
    }
    const reference: JsonSchema = { $ref: `#/components/schemas/${title}` };
    const nullable = Array.isArray(type) && (type as string[]).includes("null");
    return nullable ? { anyOf: [reference, { type: "null" }] } : reference;
  }

  #inside(json: JsonSchema): JsonSchema {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, this.#part(key, value)]));
  }

  #part(key: string, value: Node): Node {
    if (key === "properties" && isSchema(value))
      return Object.fromEntries(Object.entries(value).map(([name, s]) => [name, this.ref(s as JsonSchema)]));
    if (key === "anyOf" && Array.isArray(value)) return (value as JsonSchema[]).map((s) => this.ref(s));
    if ((key === "items" || key === "additionalProperties") && isSchema(value)) return this.ref(value);
    return value;
  }
}
