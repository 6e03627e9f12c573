/** `npm run chat -- move --to MONGODB_URI,POSTGRES_URL`: out of the embedded stores, for good. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Env, readEnv } from "../../contracts/env";
import { DataDirInUse, lockDataDir, NO_DIR } from "../../platform/data-dir";
import { moveAccounts } from "./accounts";
import { moveDocuments, type Say } from "./documents";

export const moveHelp =
  "move --to <mongodb://...>[,<postgres://...>]  from the embedded stores into these, while no server runs; again goes on";

interface Targets {
  readonly mongo: string | undefined;
  readonly postgres: string | undefined;
}

/** A MongoDB address may have commas of its own: between its hosts. */
function targetsIn(given: string): Targets {
  const urls = given.split(/,(?=[a-z+]+:\/\/)/);
  const of = (pattern: RegExp): string[] => urls.filter((url) => pattern.test(url));
  const [mongo, postgres] = [of(/^mongodb(\+srv)?:\/\/./), of(/^postgres(ql)?:\/\/./)];
  if (mongo.length > 1 || postgres.length > 1 || mongo.length + postgres.length < urls.length)
    throw new Error(`Usage: ${moveHelp}`);
  return { mongo: mongo[0], postgres: postgres[0] };
}

function refuse(env: Env, { mongo, postgres }: Targets): void {
  const { DATA_DIR, MONGODB_URI, POSTGRES_URL } = env;
  if (DATA_DIR === NO_DIR || !existsSync(DATA_DIR)) throw new Error(`There is nothing to move: no folder ${DATA_DIR}.`);
  if (mongo !== undefined && MONGODB_URI) throw new Error("MONGODB_URI is set: the documents are outside already.");
  if (postgres !== undefined && POSTGRES_URL) throw new Error("POSTGRES_URL is set: the accounts are outside already.");
  if (postgres !== undefined && !existsSync(join(resolve(DATA_DIR), "pg")))
    throw new Error(`There are no accounts to move in ${DATA_DIR}.`);
}

function whatNow(env: Env, { mongo, postgres }: Targets): string {
  const names = [...(mongo === undefined ? [] : ["MONGODB_URI"]), ...(postgres === undefined ? [] : ["POSTGRES_URL"])];
  const files = env.UPLOAD_STORE === "local" ? " Files of uploads stay where they are." : "";
  return `Set ${names.join(" and ")} and start. ${env.DATA_DIR} keeps what was there; nothing of it was changed.${files}`;
}

/** @returns what was done, for the operator */
export async function move(env: Env, to: string, say: Say): Promise<string> {
  const targets = targetsIn(to);
  refuse(env, targets);
  const release = await lockDataDir(env.DATA_DIR).catch((error: unknown) => {
    if (error instanceof DataDirInUse)
      throw new Error("A server has DATA_DIR open. Stop it: what it stores meanwhile would stay behind.");
    throw error;
  });
  try {
    const told: string[] = [];
    if (targets.mongo !== undefined)
      told.push(await moveDocuments(env.DATA_DIR, { uri: targets.mongo, database: env.MONGODB_DATABASE }, say));
    if (targets.postgres !== undefined) told.push(await moveAccounts(env, targets.postgres, say));
    return [...told, whatNow(env, targets)].join("\n");
  } finally {
    await release();
  }
}

export async function moveTo(given: readonly string[]): Promise<number> {
  const [flag, to, ...more] = given;
  if (flag !== "--to" || !to || more.length > 0) throw new Error(`Usage: ${moveHelp}`);
  console.log(await move(readEnv(process.env), to, (line) => console.error(line)));
  return 0;
}
