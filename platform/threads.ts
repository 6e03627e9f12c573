/** Worker threads that run our own modules, as TypeScript in development and tests and as JavaScript once built. */
import { existsSync } from "node:fs";

export interface ThreadModule {
  readonly filename: string;
  readonly execArgv: string[];
}

/** `path` without its ending, as in `join(__dirname, "hash.worker")`. */
export function threadModule(path: string): ThreadModule {
  if (existsSync(`${path}.js`)) return { filename: `${path}.js`, execArgv: [] };
  return { filename: `${path}.ts`, execArgv: ["--require", "tsx/cjs"] }; // a thread does not inherit --import hooks
}
