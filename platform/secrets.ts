/** The signing secrets: from the environment, else generated once into DATA_DIR so that a restart keeps sessions. */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Env, EnvError } from "../contracts/env";
import { makeFolder } from "./data-dir";

export interface Secrets {
  readonly access: string;
  readonly refresh: string;
}

const fresh = (): string => randomBytes(48).toString("base64url");

/** Written beside and linked into place, so that of two processes that start at once both read the same secrets. */
function generate(dir: string, path: string): void {
  makeFolder(dir);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, JSON.stringify({ access: fresh(), refresh: fresh() }), { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(path: string): Secrets | undefined {
  try {
    const { access, refresh } = JSON.parse(readFileSync(path, "utf8")) as Partial<Secrets>;
    if (!access || !refresh) throw new EnvError("DATA_DIR", `${path} holds no secrets; delete it to make new ones`);
    chmodSync(path, 0o600);
    return { access, refresh };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** @throws EnvError where the two are the same, or the file is damaged */
export function secretsOf(env: Env): Secrets {
  const { JWT_ACCESS_SECRET: access, JWT_REFRESH_SECRET: refresh } = env;
  if (access !== undefined && access === refresh)
    throw new EnvError("JWT_REFRESH_SECRET", "must differ from JWT_ACCESS_SECRET");
  if (access !== undefined && refresh !== undefined) return { access, refresh };
  const path = join(env.DATA_DIR, "secrets.json");
  if (!read(path)) generate(env.DATA_DIR, path);
  const stored = read(path);
  if (!stored) throw new EnvError("DATA_DIR", `can't keep ${path}`);
  return { access: access ?? stored.access, refresh: refresh ?? stored.refresh };
}
