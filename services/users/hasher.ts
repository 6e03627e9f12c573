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

/** At 0.4 s each the last in a queue of one thread waits for two thirds of its time to live. */
const QUEUE = 100;
/** Of all owners; whoever comes alone has the next turn but for one of each other. */
const QUEUES = 2_000;
/** In milliseconds: who asked is about to give up. */
const PATIENCE = 45_000;
/** One core stays the event loop's: however many sign in, a socket never waits for a hash to leave a core. */
const THREADS = Math.max(1, availableParallelism() - 1);

export interface Hasher {
  /** @param owner who waits for it: owners have their turns one after another, however many one of them has waiting */
  hash(password: string, owner: string): Promise<string>;
  /** Costs the same with no hash, so that an unknown account can't be told by the clock. */
  matches(password: string, hash: string | null, owner: string): Promise<boolean>;
  close(): Promise<void>;
}

/** The threads, and whose turn it is: tenants of one process have them in turns. */
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
    waitingEach: Infinity, // each tenant's own turns let no more than these through
    waiting: Infinity,
    patience: Infinity,
  });

  run(tenant: string, task: HashTask): Promise<string | boolean> {
    return this.turns.run(tenant, () => this.pool.run(task) as Promise<string | boolean>);
  }
  close(): Promise<void> {
    return this.pool.close({ force: true });
  }
}

/** @param tenant whose passwords these are, of those who share the threads */
export function openHasher(cost: number, shared = new SharedResources(), tenant = ""): Hasher {
  const crew = shared.take("hashers", () => new Crew());
  const each = { atOnce: THREADS, atOnceEach: THREADS, waitingEach: QUEUE, waiting: QUEUES, patience: PATIENCE };
  const turns = new FairSlots(each);
  const run = (owner: string, task: HashTask) => turns.run(owner, () => crew.run(tenant, task));
  const hash = async (password: string, owner: string): Promise<string> =>
    String(await run(owner, { password: typed(password), cost }));
  const nobody = hash(randomBytes(16).toString("hex"), "");
  nobody.catch(() => undefined); // whoever awaits it hears of it
  const compare = async (password: string, stored: string | null, owner: string): Promise<boolean> => {
    const usable = stored !== null && Buffer.byteLength(password) <= PASSWORD.max;
    const same = await run(owner, { password: usable ? password : "", hash: usable ? stored : await nobody });
    return usable && same === true;
  };
  return {
    hash,
    async matches(password, stored, owner) {
      // As it was sent, too: it may have been stored before there was one form.
      for (const form of new Set([typed(password), password])) if (await compare(form, stored, owner)) return true;
      return false;
    },
    close: () => shared.leave<Crew>("hashers", (last) => last.close()),
  };
}
