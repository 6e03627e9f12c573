/** Keys that no honest client sends: query operators, and the names that reach an object's prototype. */
import { badField } from "../contracts/errors";

const PROTOTYPE = new Set(["__proto__", "constructor", "prototype"]);
/** Deeper input than any contract has, and far from what would exhaust the stack of a later step. */
const DEPTH = 32;

export const isHostileKey = (key: string): boolean => key.startsWith("$") || PROTOTYPE.has(key);

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
    for (const [key, inner] of Object.entries(value)) {
      const place = path ? `${path}.${key.slice(0, 40)}` : key.slice(0, 40);
      if (isHostileKey(key)) throw badField(place, "forbiddenKey", "Keys that start with $ are not accepted.");
      if (typeof inner === "object" && inner !== null) waiting.push({ value: inner, path: place, depth: depth + 1 });
    }
  }
}
