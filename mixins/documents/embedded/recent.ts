/**
 * Documents that were changed lately by their id, and those of them whose row is still to be written: what changes with
 * every turn (the head of a conversation) is written once a commit, and not looked for each time.
 */
import { type Doc, isCondition, scalar, textOf } from "./json";
import { type AnyFilter } from "./query";

const MOST = 500;

export interface Known {
  readonly n: number;
  readonly doc: Doc;
}

const isPlain = (value: unknown): boolean => value === null || ["string", "number", "boolean"].includes(typeof value);

/** Does the document have these values? Undefined where that is not for us to say. */
function fits(doc: Doc, filter: AnyFilter): boolean | undefined {
  for (const key in filter) {
    const [wanted, value] = [filter[key], doc[key] ?? null];
    if (key.startsWith("$") || key.includes(".") || !isPlain(wanted) || !isPlain(value) || isCondition(wanted))
      return undefined;
    if (scalar(wanted) !== scalar(value)) return false;
  }
  return true;
}

export class Recent {
  private readonly byId = new Map<string, Known>();
  private readonly unwritten = new Map<number, Doc>();

  /** Undefined where it has to be looked for. */
  matching(filter: AnyFilter): readonly Known[] | undefined {
    const known = typeof filter._id === "string" ? this.byId.get(filter._id) : undefined;
    const fitting = known && fits(known.doc, filter);
    return fitting === undefined ? undefined : fitting ? [known] : [];
  }

  know(known: Known): void {
    const id = known.doc._id as string;
    this.byId.delete(id);
    this.byId.set(id, known);
    const [oldest] = this.byId.keys();
    if (this.byId.size > MOST) this.byId.delete(oldest as string);
  }

  /** Its row is written with the next commit, or before somebody reads it. */
  putOff(known: Known): void {
    this.know(known);
    this.unwritten.set(known.n, known.doc);
  }

  /** The row is written, by whatever was made of it since, or is gone. */
  written(n: number, id: unknown): void {
    this.unwritten.delete(n);
    this.byId.delete(id as string);
  }

  take(): readonly (readonly [n: number, text: string])[] {
    if (this.unwritten.size === 0) return [];
    const all = [...this.unwritten].map(([n, doc]) => [n, textOf(doc)] as const);
    this.unwritten.clear();
    return all;
  }

  clear(): void {
    this.byId.clear();
    this.unwritten.clear();
  }
}
