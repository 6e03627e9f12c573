/** Hashes and compares passwords in worker threads, with a bounded queue. */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { PASSWORD, typed } from "../../contracts/text";
import { FairSlots } from "../../platform/fair-slots";
import { SharedResources } from "../../platform/shared-resources";
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

/** The threads, and whose turn it is: tenants of one process have them in turns, each with a queue of its own. */
class Crew {
  private readonly pool = new Piscina({
    ...threadModule(join(__dirname, "hash.worker")),
    minThreads: 1,
    maxThreads: THREADS,
    idleTimeout: 30_000,
  });
  // The pool's own queue is no queue: while others keep coming, a task in it may never have its turn.
  private readonly turns = new FairSlots({
    atOnce: THREADS,
    atOnceEach: THREADS,
    waitingEach: QUEUE,
    waiting: Infinity,
    patience: Infinity,
  });

  run(owner: string, task: HashTask): Promise<string | boolean> {
    return this.turns.run(owner, () => this.pool.run(task) as Promise<string | boolean>);
  }
  close(): Promise<void> {
    return this.pool.close({ force: true });
  }
}

/** @param owner whose passwords these are, of those who share the threads */
export function openHasher(cost: number, shared = new SharedResources(), owner = ""): Hasher {
  const crew = shared.take("hashers", () => new Crew());
  const run = (task: HashTask): Promise<string | boolean> => crew.run(owner, task);
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
    close: () => shared.leave<Crew>("hashers", (last) => last.close()),
  };
}
