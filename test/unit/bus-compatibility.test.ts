/**
 * Nodes of two versions serve side by side while a cluster is upgraded: what those of the version before say on the bus
 * (test/support/bus-before.json, written by each release) this one has to take.
 */
import { type JsonSchema } from "../../contracts/schema";
import before from "../support/bus-before.json";
import { type Shapes, shapes } from "../support/bus-shapes";

const now = shapes();
const old = before as unknown as Shapes;
/** Bounds that may only get wider, by the direction. */
const UP = ["maximum", "maxLength", "maxItems", "maxProperties"] as const;
const DOWN = ["minimum", "minLength", "minItems", "minProperties"] as const;

type Shape = JsonSchema & {
  properties?: Record<string, Shape>;
  required?: string[];
  enum?: unknown[];
  anyOf?: Shape[];
  items?: Shape;
  additionalProperties?: Shape | boolean;
};

function bounds(a: Shape, b: Shape, at: string): string[] {
  const narrower = (name: string, less: boolean): string[] => {
    const [was, is] = [a[name] as number | undefined, b[name] as number | undefined];
    if (is === undefined || (was !== undefined && (less ? is >= was : is <= was))) return [];
    return [`${at}: ${name} was ${was ?? "none"} and is ${is}`];
  };
  return [...UP.flatMap((name) => narrower(name, true)), ...DOWN.flatMap((name) => narrower(name, false))];
}

function objects(a: Shape, b: Shape, at: string): string[] {
  const had = a.required ?? [];
  const missing = (b.required ?? []).filter((name) => !had.includes(name));
  const fields = Object.entries(b.properties ?? {}).flatMap(([name, field]) => {
    const was = a.properties?.[name];
    return was ? refuses(was, field, `${at}.${name}`) : []; // what is new is left out by those of before
  });
  return [...missing.map((name) => `${at}.${name} has to be there now`), ...fields];
}

/** What of the values of `a` is no value of `b`; a field that is unknown is taken away, and refused by nobody. */
function refuses(a: Shape, b: Shape, at: string): string[] {
  if (a.anyOf) return a.anyOf.flatMap((one, i) => refuses(one, b, `${at}|${i}`));
  if (b.anyOf) {
    const each = b.anyOf.map((one) => refuses(a, one, at));
    return each.some((found) => found.length === 0) ? [] : (each[0] ?? []);
  }
  const [types, was] = [[b.type].flat(), [a.type].flat()];
  if (b.type !== undefined && was.some((type) => !types.includes(type)))
    return [`${at} was ${JSON.stringify(a.type)} and is ${JSON.stringify(b.type)}`];
  const words = b.enum && (a.enum?.filter((word) => !b.enum?.includes(word)) ?? [`any ${JSON.stringify(a.type)}`]);
  if (words?.length) return [`${at}: no longer ${words.join(", ")}`];
  if (b.const !== undefined && a.const !== b.const) return [`${at} is only ${JSON.stringify(b.const)} now`];
  if (b.pattern !== undefined && a.pattern !== b.pattern) return [`${at} has another pattern`];
  return [
    ...bounds(a, b, at),
    ...(b.properties ? objects(a, b, at) : []),
    ...(a.items && b.items ? refuses(a.items, b.items, `${at}[]`) : []),
    ...(typeof a.additionalProperties === "object" && typeof b.additionalProperties === "object"
      ? refuses(a.additionalProperties, b.additionalProperties, `${at}{}`)
      : []),
  ];
}

test("every action and event of the version before is there", () => {
  expect(Object.keys(old).length).toBeGreaterThan(100);
  expect(Object.keys(old).filter((name) => !(name in now))).toEqual([]);
});

test("what nodes of the version before say is taken", () => {
  const found = Object.entries(old).flatMap(([name, shape]) => refuses(shape, now[name] ?? {}, name));
  expect(found).toEqual([]);
});

test.each<[string, Shape, Shape, string]>([
  [
    "a field that has to be there now",
    { type: "object", properties: {} },
    { type: "object", properties: { a: {} }, required: ["a"] },
    "x.a has to be there now",
  ],
  ["a word less", { type: "string", enum: ["a", "b"] }, { type: "string", enum: ["a"] }, "x: no longer b"],
  [
    "a bound that is narrower",
    { type: "integer", maximum: 9 },
    { type: "integer", maximum: 8 },
    "x: maximum was 9 and is 8",
  ],
  [
    "a bound where there was none",
    { type: "string" },
    { type: "string", maxLength: 8 },
    "x: maxLength was none and is 8",
  ],
  ["another type", { type: "integer" }, { type: "string" }, 'x was "integer" and is "string"'],
  ["null no longer", { type: ["string", "null"] }, { type: "string" }, 'x was ["string","null"] and is "string"'],
  [
    "deep in a list",
    { type: "array", items: { anyOf: [{ const: 1 }, { const: 2 }] } },
    { type: "array", items: { const: 1 } },
    "x[]|1 is only 1 now",
  ],
])("%s is found", (_name, a, b, told) => expect(refuses(a, b, "x")).toEqual([told]));
