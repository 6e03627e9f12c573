/** `npm run chat -- backup` and `restore`: the embedded stores, out into one file and back. */
import { readEnv } from "../../contracts/env";
import { serverUrl } from "../operators/run";
import { signIn } from "../operators/session";
import { backUp } from "./backup";
import { check } from "./check";
import { restore } from "./restore";

export const backupHelp = "backup <file>  the embedded stores and files of DATA_DIR, also while the server runs";
export const checkHelp = "check  are the embedded stores sound, and do they agree with themselves";
export const restoreHelp = "restore <file>  a backup into an empty DATA_DIR";

function fileIn(args: readonly string[], help: string): string {
  const [file, ...more] = args;
  if (file === undefined || file.startsWith("--") || more.length > 0) throw new Error(`Usage: ${help}`);
  return file;
}

export async function backupTo(given: readonly string[]): Promise<number> {
  const at = given.indexOf("--url");
  const args = at === -1 ? given : given.filter((_, i) => i !== at && i !== at + 1);
  const url = (at === -1 ? undefined : given[at + 1]) ?? serverUrl(process.env);
  console.log(await backUp(readEnv(process.env), fileIn(args, backupHelp), () => signIn(url, process.env)));
  return 0;
}

export async function restoreFrom(given: readonly string[]): Promise<number> {
  console.log(await restore(readEnv(process.env), fileIn(given, restoreHelp)));
  return 0;
}

/** 1 where something is wrong. */
export async function checkStores(given: readonly string[]): Promise<number> {
  if (given.length > 0) throw new Error(`Usage: ${checkHelp}`);
  let sound = true;
  for await (const { ok, line } of check(readEnv(process.env))) {
    sound &&= ok;
    console.log(`${ok ? "ok     " : "WRONG  "}${line}`);
  }
  return sound ? 0 : 1;
}
