/** Keys that no honest client sends: query operators, and the names that reach an object's prototype. */
import { badField } from "../contracts/errors";

const PROTOTYPE = new Set(["__proto__", "constructor", "prototype"]);
/** Deeper input than any contract has, and far from what would exhaust the stack of a later step. */
const DEPTH = 32;
/** As many as the largest map of any contract has; sorting tens of thousands would hold up the loop. */
const KEYS = 10_000;

export const isHostileKey = (key: string): boolean => key.startsWith("$") || PROTOTYPE.has(key);

const below = (path: string, key: string): string => (path ? `${path}.${key.slice(0, 40)}` : key.slice(0, 40));

/**
 * Refuses input with a hostile key at any depth, before anything else reads it.
 * @throws BAD_REQUEST naming the key's place
 */
export function refuseHostileKeys(input: unknown): void {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: input, path: "", depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > DEPTH) throw badField(path.slice(0, 100), "depth", `The input is nested deeper than ${DEPTH} levels.`);
    // Byte by byte it would take the loop for itself, and no input of ours is binary.
    if (ArrayBuffer.isView(value)) throw badField(path, "binary", "Binary data is not accepted here.");
    // Lists are bounded by their own schemas, after this.
    const keys = Object.keys(value);
    if (keys.length > KEYS && !Array.isArray(value))
      throw badField(path, "keys", `An object has at most ${KEYS} fields here.`);
    for (const key of keys) {
      if (isHostileKey(key))
        throw badField(below(path, key), "forbiddenKey", "Keys that start with $ are not accepted.");
      const inner = (value as Record<string, unknown>)[key];
      if (typeof inner === "object" && inner !== null)
        waiting.push({ value: inner, path: below(path, key), depth: depth + 1 });
    }
  }
}
