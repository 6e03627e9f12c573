/** An embedded PostgreSQL out of a dump, and a look into one: for who holds the lock of its folder. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { threadModule } from "../../platform/threads";
import { type Contents, type Outcome, type Task } from "./restored.worker";

async function inThread(task: Task): Promise<Contents> {
  const { filename, execArgv } = threadModule(join(__dirname, "restored.worker"));
  const worker = new Worker(filename, { execArgv, workerData: task });
  const gone = once(worker, "exit").then((): [Outcome] => [{ error: "the thread of the embedded PostgreSQL ended" }]);
  const [outcome] = (await Promise.race([once(worker, "message"), gone])) as [Outcome];
  await gone.catch(() => undefined);
  if ("error" in outcome) throw new Error(`The embedded PostgreSQL in ${task.folder}: ${outcome.error}`);
  return outcome.contents;
}

/** Makes `folder` from what `Embedded.dump` wrote. @returns what is in it */
export const restoreEmbedded = (folder: string, dump: string): Promise<Contents> => inThread({ folder, dump });

/** @throws where it can't be opened or read */
export const lookInto = (folder: string): Promise<Contents> => inThread({ folder });
