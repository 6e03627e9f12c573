/** Keys of push services as operators give them: the thing itself, or the path of a file with it. */
import { readFileSync } from "node:fs";
import { EnvError } from "../../../contracts/env";

/** @param begins how the thing itself begins */
export function textOf(variable: string, given: string, begins: string): string {
  if (given.trimStart().startsWith(begins)) return given;
  try {
    return readFileSync(given, "utf8");
  } catch {
    throw new EnvError(variable, `expected the key itself or a file that can be read, got "${given.slice(0, 100)}"`);
  }
}

export function jsonOf(variable: string, given: string): object {
  try {
    const value: unknown = JSON.parse(textOf(variable, given, "{"));
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    if (error instanceof EnvError) throw error;
  }
  throw new EnvError(variable, "expected a JSON object");
}
