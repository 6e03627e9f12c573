/** `--tenant acme` of a command: from then on its variables are the process's, and its address is where the command asks. */
import { tenantPath, tenantVars } from "../contracts/tenants";

type Vars = Record<string, string | undefined>;

/**
 * @param env changed
 * @returns the arguments without it
 * @throws EnvError where there is no such tenant; Error where TENANTS is set and nothing says which one is meant
 */
export function takeTenant(given: readonly string[], env: Vars): readonly string[] {
  const at = given.indexOf("--tenant");
  if (at === -1) {
    if (env.TENANTS?.trim() && !given.includes("--url"))
      throw new Error("TENANTS is set: say which one, --tenant <name>.");
    return given;
  }
  const name = given[at + 1];
  if (name === undefined || name.startsWith("--")) throw new Error("--tenant needs the name of one of TENANTS.");
  const server = env.CHAT_URL || `http://localhost:${env.PORT || 3000}`;
  for (const [key, value] of Object.entries(tenantVars(env, name)))
    if (value === undefined) delete env[key];
    else env[key] = value;
  env.CHAT_URL = server.replace(/\/+$/, "") + tenantPath(name);
  return given.filter((_, i) => i !== at && i !== at + 1);
}
