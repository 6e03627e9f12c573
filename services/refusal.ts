/** Why a node did not start, in one line that names what the operator has to mend. */
import { type Env, EnvError } from "../contracts/env";
import { NewerDatabase } from "../mixins/documents";
import { DataDirInUse } from "../platform/data-dir";

const filesTrouble = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "ENOENT", "EEXIST"]);

/** Undefined where it is a bug, whose stack is worth more than a line. */
export function refusal(env: Env | undefined, error: unknown): string | undefined {
  if (error instanceof EnvError || error instanceof DataDirInUse || error instanceof NewerDatabase)
    return error.message;
  const {
    code = "",
    syscall,
    port,
    path,
    address,
  } = (error ?? {}) as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (!env) return undefined;
  if (syscall === "getaddrinfo") return `HOST: there is no address of the name "${env.HOST}"`;
  // With PORT=0 it comes without a port.
  if (syscall === "listen" && code === "EADDRNOTAVAIL") return `HOST: ${env.HOST} is no address of this machine`;
  if (syscall === "listen" && port !== undefined) {
    const variable = port === env.HEALTH_PORT ? "HEALTH_PORT" : "PORT";
    if (code === "EADDRINUSE")
      return `${variable}: another program listens on ${port}; stop it, or choose another port`;
    if (code === "EACCES") return `${variable}: this user may not listen on ${port}`;
  }
  if (filesTrouble.has(code)) return `DATA_DIR: ${code} at ${path ?? address ?? env.DATA_DIR}`;
  return undefined;
}
