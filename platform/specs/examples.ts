/** An example of any schema, so that every operation and event of the published specs shows one. */
import { isOwnPattern, type Json, type JsonSchema } from "../../contracts/schema";

const ID = "64f1c0ffee0ddba11c0ffee1";
const TIME = "2026-01-31T12:00:00.000Z";

/** What stands under a well-known name; else the schema alone decides. */
const byName: Readonly<Record<string, Json>> = {
  username: "Ann Nguyễn",
  email: "ann@example.org",
  password: "correct horse battery",
  content: "Dinner at eight?",
  name: "Weekend",
  title: "Maintenance tonight",
  clientId: "c0a8012e-1f6b-4b5e-9a43-8a1f3c0d2b7e",
  emoji: "👍",
  code: "NOTFOUND",
  message: "There is no such conversation.",
  query: "dinner",
  mime: "image/png",
  url: `/files/${ID}`,
  fileUrl: `/files/${ID}`,
  attachments: `/files/${ID}`,
  timezone: "Europe/Berlin",
};
const byPattern: readonly (readonly [RegExp, string])[] = [
  [/\{24\}\\\./, `${ID}.${"A".repeat(22)}`],
  [/\{24\}/, ID],
  [/\{64\}/, "0".repeat(64)],
  [/\{87\}/, `B${"A".repeat(86)}`],
  [/\{22\}/, "A".repeat(22)],
  [/:\[0-5\]/, "22:00"],
];
/** `[\w-]{22}`: so many characters of any kind. */
const ofLength = /\[\\w-\]\{(\d+)\}/;

function textOf(json: JsonSchema, name: string): string {
  if (json.format === "date-time") return TIME;
  if (json.format === "email") return "ann@example.org";
  if (json.format === "uri") return "https://example.org/in";
  const known = byName[name];
  if (typeof known === "string") return known;
  const { pattern } = json;
  if (isOwnPattern(pattern))
    return (
      byPattern.find(([p]) => p.test(pattern))?.[1] ??
      "A".repeat(Number(ofLength.exec(pattern)?.[1] ?? json.minLength ?? 0))
    );
  return "text".slice(0, Number(json.maxLength ?? 4)).padEnd(Number(json.minLength ?? 0), "x");
}

function objectOf(json: JsonSchema): Json {
  const { properties = {}, additionalProperties, propertyNames } = json as Record<string, JsonSchema | undefined>;
  if (!additionalProperties)
    return Object.fromEntries(Object.entries(properties).map(([k, s]) => [k, exampleOf(s as JsonSchema, k)]));
  const key = propertyNames ? textOf(propertyNames, "") : "key";
  return { [key]: exampleOf(additionalProperties, key) };
}

/** As many as there must be, none like another. */
function listOf(json: JsonSchema, name: string): Json {
  const one = exampleOf((json.items ?? {}) as JsonSchema, name);
  const rest = Array.from({ length: Math.max(0, Number(json.minItems ?? 1) - 1) }, (_, i) =>
    typeof one === "string" ? `${one} ${i + 2}` : one,
  );
  return [one, ...rest];
}

export function exampleOf(json: JsonSchema, name = ""): Json {
  if (json.const !== undefined) return json.const as Json;
  if (json.default !== undefined) return json.default as Json;
  if (Array.isArray(json.enum)) return (json.enum as Json[])[0] ?? null;
  if (Array.isArray(json.anyOf)) return exampleOf((json.anyOf as JsonSchema[])[0] ?? {}, name);
  const type = Array.isArray(json.type) ? (json.type as string[])[0] : json.type;
  if (type === "string") return textOf(json, name);
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return Math.max(Number(json.minimum ?? 0), 1);
  if (type === "array") return listOf(json, name);
  return type === "object" ? objectOf(json) : {};
}
