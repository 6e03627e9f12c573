/** bcrypt in a thread: a hash takes a quarter of a second of a core, which is the point of it. */
import { compareSync, hashSync } from "bcryptjs";
import { constants, setPriority } from "node:os";

// On Linux this lowers the calling thread alone: sockets come first by ten to one, and logins still go on under load.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

export type HashTask = { password: string; cost: number } | { password: string; hash: string };

export default function run(task: HashTask): string | boolean {
  return "hash" in task ? compareSync(task.password, task.hash) : hashSync(task.password, task.cost);
}
