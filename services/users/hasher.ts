/** Hashes and compares passwords in worker threads, with a bounded queue. */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { PASSWORD, typed } from "../../contracts/text";
import { Slots } from "../../platform/slots";
import { threadModule } from "../../platform/threads";
import { type HashTask } from "./hash.worker";

/** At 0.4 s each the last in the queue of one thread waits for two thirds of its time to live. */
const QUEUE = 100;
/** One core stays the event loop's: however many sign in, a socket never waits for a hash to leave a core. */
const THREADS = Math.max(1, availableParallelism() - 1);

export interface Hasher {
  hash(password: string): Promise<string>;
  /** Costs the same with no hash, so that an unknown account can't be told by the clock. */
  matches(password: string, hash: string | null): Promise<boolean>;
  close(): Promise<void>;
}

export function openHasher(cost: number): Hasher {
  const pool = new Piscina({
    ...threadModule(join(__dirname, "hash.worker")),
    minThreads: 1,
    maxThreads: THREADS,
    idleTimeout: 30_000,
  });
  // The pool's own queue is no queue: while others keep coming, a task in it may never have its turn.
  const turns = new Slots(THREADS, QUEUE);
  const run = (task: HashTask): Promise<string | boolean> =>
    turns.run(() => pool.run(task) as Promise<string | boolean>);
  const hash = async (password: string): Promise<string> => String(await run({ password: typed(password), cost }));
  const nobody = hash(randomBytes(16).toString("hex"));
  nobody.catch(() => undefined); // whoever awaits it hears of it
  const compare = async (password: string, stored: string | null): Promise<boolean> => {
    const usable = stored !== null && Buffer.byteLength(password) <= PASSWORD.max;
    const same = await run({ password: usable ? password : "", hash: usable ? stored : await nobody });
    return usable && same === true;
  };
  return {
    hash,
    async matches(password, stored) {
      // As it was sent, too: it may have been stored before there was one form.
      for (const form of new Set([typed(password), password])) if (await compare(form, stored)) return true;
      return false;
    },
    close: () => pool.close({ force: true }),
  };
}
