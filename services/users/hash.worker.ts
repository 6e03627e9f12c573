/** bcrypt in a thread: a hash takes a quarter of a second of a core, which is the point of it. */
import { compareSync, hashSync } from "bcryptjs";
import { setPriority } from "node:os";

/** Sockets come first by three to one; any lower, and on a machine under load logins would hardly go on at all. */
const NICENESS = 5;
// On Linux this lowers the calling thread alone.
if (process.platform === "linux") setPriority(NICENESS);

export type HashTask = { password: string; cost: number } | { password: string; hash: string };

export default function run(task: HashTask): string | boolean {
  return "hash" in task ? compareSync(task.password, task.hash) : hashSync(task.password, task.cost);
}
