/**
 * Filters and orders in SQLite's words, as MongoDB means them: a missing field is null, and of a list some element must
 * fit. A field is asked for by its column, a list by its side table, and all else inside the document's text.
 */
import { isCondition, type Scalar, scalar } from "./json";
import { type Layout, pathOf, quoted, valueIn } from "./layout";

/** A filter without its document's type. */
export type AnyFilter = Readonly<Record<string, unknown>>;
export interface Sql {
  readonly sql: string;
  readonly params: Scalar[];
}
export type Sort = readonly (readonly [string, 1 | -1])[];

/** Sorts after everything that may follow a prefix. */
export const LAST = "\u{10ffff}";

const comparisons: Readonly<Record<string, string>> = { $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };
/** What holds when the opposite of this does not. */
const opposites: Readonly<Record<string, string>> = { $ne: "$eq", $nin: "$in" };
const known = new Set(["$eq", "$ne", "$in", "$nin", "$exists", "$prefix", ...Object.keys(comparisons)]);

/** One condition on something that is no list. */
type Test = (expression: string) => string;

/** One of a list, and no condition. */
const isElement = (wanted: unknown): boolean =>
  wanted !== undefined && wanted !== null && !Array.isArray(wanted) && !isCondition(wanted);

/** What is neither is not: a comparison with nothing is NULL to SQLite. */
const not = (condition: string): string => `ifnull(NOT (${condition}), TRUE)`;

class Compiler {
  readonly params: Scalar[] = [];
  /** Some element of a list is asked for, and leads: the indexes of what is asked beside it are not to be walked instead. */
  private led = false;

  constructor(
    private readonly layout: Layout,
    private readonly along?: string,
  ) {}

  filter(filter: AnyFilter): string {
    const outside = this.led;
    this.led ||= this.layout.lists.some((field) => isElement(filter[field]));
    try {
      return this.all(filter);
    } finally {
      this.led = outside;
    }
  }

  private all(filter: AnyFilter): string {
    const parts: string[] = [];
    for (const key in filter) {
      const wanted = filter[key];
      if (wanted === undefined) continue;
      if (key === "$and") parts.push(...(wanted as AnyFilter[]).map((f) => this.filter(f)));
      else if (key === "$or") parts.push(this.either(wanted as AnyFilter[]));
      else if (key.startsWith("$")) throw new TypeError(`there is no operator ${key}`);
      else parts.push(...this.field(key, wanted));
    }
    return parts.length > 0 ? parts.join(" AND ") : "TRUE";
  }

  private either(filters: readonly AnyFilter[]): string {
    return filters.length === 0 ? "FALSE" : `(${filters.map((f) => `(${this.filter(f)})`).join(" OR ")})`;
  }

  private field(field: string, wanted: unknown): string[] {
    const conditions: [string, unknown][] = isCondition(wanted) ? Object.entries(wanted) : [["$eq", wanted]];
    return conditions.flatMap(([name, operand]) => {
      if (!known.has(name)) throw new TypeError(`there is no operator ${name}`);
      return operand === undefined ? [] : [this.condition(field, name, operand)];
    });
  }

  private condition(field: string, name: string, operand: unknown): string {
    if (name === "$exists") return `json_type(_doc, ${pathOf(field)}) IS ${operand ? "NOT " : ""}NULL`;
    if (this.layout.lists.includes(field)) return this.inList(field, name, operand);
    if (field === "_id") return this.test(name, operand)(quoted(field));
    if (this.layout.columns.includes(field))
      return this.test(name, operand)((this.isOnlyChecked(field, name) ? "+" : "") + quoted(field));
    return this.inText(field, name, operand);
  }

  /**
   * Without statistics SQLite takes an index for narrower than a side table, and a part of an index for narrower than a
   * whole one that has the order: the plus keeps it from walking that index.
   */
  private isOnlyChecked(field: string, name: string): boolean {
    return this.led || (this.along !== undefined && field !== this.along && name !== "$eq");
  }

  /** Elements have their keys in the side table; a document without any has none. */
  private inList(field: string, name: string, operand: unknown): string {
    const opposite = opposites[name];
    if (opposite) return `NOT ${this.inList(field, opposite, operand)}`;
    const asked: unknown = name === "$in" ? (operand as unknown[]).find((value) => value === null) : operand;
    if (asked === null || Array.isArray(asked)) return this.inText(field, name, operand);
    return `_n IN (SELECT _n FROM ${this.layout.sideOf(field)} WHERE ${this.test(name, operand)("value")})`;
  }

  /** Either the value itself fits or, of a list, some element. */
  private inText(field: string, name: string, operand: unknown): string {
    const opposite = opposites[name];
    if (opposite) return not(this.inText(field, opposite, operand));
    const path = pathOf(field);
    if (Array.isArray(operand) && name === "$eq") {
      this.params.push(JSON.stringify(operand));
      return `(_doc -> ${path} = ?)`;
    }
    const isDate = operand instanceof Date || (Array.isArray(operand) && operand[0] instanceof Date);
    if (isDate) return `(${this.test(name, operand)(`(_doc ->> ${pathOf(`${field}.$$date`)})`)})`;
    const value = this.test(name, operand)(`(_doc ->> ${path})`);
    if (operand === null) return `(${value})`;
    const element = this.test(name, operand)("value");
    return `CASE json_type(_doc, ${path}) WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(_doc, ${path}) WHERE ${element}) ELSE ${value} END`;
  }

  private test(name: string, operand: unknown): Test {
    const opposite = opposites[name];
    if (opposite === "$eq" && operand !== null) return this.one("IS NOT", operand);
    if (opposite) {
      const positive = this.test(opposite, operand);
      return (e) => not(positive(e));
    }
    if (name === "$in") return this.among(operand as unknown[]);
    if (name === "$prefix") return this.prefix(operand as string);
    if (name !== "$eq") return this.one(comparisons[name] as string, operand);
    return operand === null ? (e) => `${e} IS NULL` : this.one("=", operand);
  }

  private one(operator: string, operand: unknown): Test {
    const value = scalar(operand);
    return (e) => {
      this.params.push(value);
      return `${e} ${operator} ?`;
    };
  }

  private among(operand: readonly unknown[]): Test {
    const values = operand.map(scalar);
    const others = values.filter((value) => value !== null);
    const hasNull = others.length < values.length;
    if (values.length === 1 && !hasNull) return this.one("=", values[0]);
    return (e) => {
      this.params.push(JSON.stringify(others));
      const among = `${e} IN (SELECT value FROM json_each(?))`;
      return hasNull ? `(${e} IS NULL OR ${among})` : among;
    };
  }

  private prefix(prefix: string): Test {
    return (e) => {
      this.params.push(prefix, prefix + LAST);
      return `${e} >= ? AND ${e} < ?`;
    };
  }
}

/** @param along the field whose order is walked, whatever else is asked */
export function whereOf(layout: Layout, filter: AnyFilter, along?: string): Sql {
  const compiler = new Compiler(layout, along);
  return { sql: compiler.filter(filter), params: compiler.params };
}

/** The text of a document with these fields alone; one that it has not stays away. */
export function textWith(fields: readonly string[]): string {
  const some = fields
    .filter((field) => field !== "_id")
    .map((field) => `ifnull(',${JSON.stringify(field)}:' || (_doc -> ${pathOf(field)}), '')`);
  return [`'{"_id":' || json_quote(_id)`, ...some, "'}'"].join(" || ");
}

/** A date in the text sorts by its milliseconds. */
function sortKey(layout: Layout, field: string): string {
  if (field === "_id" || layout.columns.includes(field)) return quoted(field);
  return valueIn("_doc", field);
}

export const orderOf = (layout: Layout, sort: Sort): string =>
  sort.length === 0
    ? ""
    : ` ORDER BY ${sort.map(([field, way]) => sortKey(layout, field) + (way === -1 ? " DESC" : "")).join(", ")}`;
