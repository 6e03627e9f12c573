/** `npm run chat -- doctor`: settings, machine, stores and the running system, each finding with what to do. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import { faultsIn, readEnv } from "../../contracts/env";
import { serverUrl } from "../operators/run";
import { certificateAt, certificates, type Look } from "./certificates";
import { type Finding } from "./finding";
import { machine } from "./machine";
import { unknownNames } from "./names";
import { running } from "./running";
import { settings } from "./settings";
import { stores } from "./stores";

export const doctorHelp = "doctor  what is wrong with the settings, this machine, the stores and the running system";

type Vars = Readonly<Record<string, string | undefined>>;

/**
 * @param file what stands in .env
 * @param look how certificates are looked at
 */
export async function* examine(
  vars: Vars,
  file: Vars,
  url: string,
  look: Look = certificateAt,
): AsyncGenerator<Finding> {
  yield* unknownNames(vars, file);
  yield* settings(vars);
  if (faultsIn(vars).length > 0) return; // nothing else can be told without them
  const env = readEnv(vars);
  yield* machine(env);
  yield* stores(env);
  yield* certificates(env, look);
  yield* running(url);
}

const marks = { error: "WRONG  ", warning: "look   ", ok: "ok     " } as const;

/** @returns 1 where something is wrong */
export async function doctor(given: readonly string[]): Promise<number> {
  const [flag, at, ...more] = given;
  if ((flag !== undefined && (flag !== "--url" || !at)) || more.length > 0) throw new Error(`Usage: ${doctorHelp}`);
  const file = existsSync(".env") ? parse(readFileSync(".env")) : {};
  let worst = 0;
  for await (const { level, what, todo } of examine(
    process.env,
    file,
    (at ?? serverUrl(process.env)).replace(/\/$/, ""),
  )) {
    if (level === "error") worst = 1;
    console.log(`${marks[level]}${what}${todo === undefined ? "" : `\n       -> ${todo}`}`);
  }
  return worst;
}
