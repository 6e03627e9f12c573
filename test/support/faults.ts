/** A store that fails, or pauses, at the operation a test chooses: of all that one command asks of it, one after the other. */
import { AsyncLocalStorage } from "node:async_hooks";
import { fail } from "../../contracts/errors";
import { type Transact } from "../../mixins/documents";
import { type Stores } from "../../services/chat/host/stores";

/**
 * `refused`: nothing is done. `unanswered`: it is done, and nobody hears of it. `dead`: nothing is done from here on, as
 * if the process had died. `paused`: it is done when the test says so.
 */
export type Fault = "refused" | "unanswered" | "dead" | "paused";

const writes = ["insert", "updateOne", "updateMany", "updateEach", "remove"] as const;
const reads = ["find", "findOne", "count"] as const;
type Run = (...args: unknown[]) => Promise<unknown>;

/** What the outbox writes and looks for beside any turn. */
const isUpkeep = (args: readonly unknown[]): boolean => /published_seq|"outbox":true,"_id"/.test(JSON.stringify(args));

export class Faults {
  /** The operations of the command under way, as `messages.insert`. */
  readonly seen: string[] = [];
  private plan: { at: number; fault: Fault } | undefined;
  /** Of the command under way, through all that it waits for: other work of the process meets no fault. */
  private readonly scope = new AsyncLocalStorage<object>();
  private command: object | undefined;
  private paused: (() => void) | undefined;
  private reached: (() => void) | undefined;

  /** Replaces the operations of these collections, for good. */
  install(stores: Stores): void {
    for (const [name, collection] of Object.entries(stores)) {
      if (typeof collection !== "object") continue;
      const operations = collection as unknown as Record<string, Run>;
      for (const operation of [...writes, ...reads]) {
        const run = operations[operation] as Run;
        operations[operation] = (...args) => this.pass(`${name}.${operation}`, args, () => run(...args));
      }
    }
  }

  through(transact: Transact): Transact {
    return (all) => this.pass("transaction", [], () => transact(all)) as Promise<void>;
  }

  /** Runs a command; its operation number `at` meets the fault. */
  async during(
    run: () => Promise<unknown>,
    at?: number,
    fault: Fault = "refused",
  ): Promise<PromiseSettledResult<unknown>> {
    this.seen.length = 0;
    this.plan = at === undefined ? undefined : { at, fault };
    this.command = {};
    const [result] = await Promise.allSettled([this.scope.run(this.command, run)]);
    this.command = undefined;
    this.plan = undefined;
    return result;
  }

  /** Resolves when a paused operation waits. */
  pausedNow(): Promise<void> {
    return this.paused ? Promise.resolve() : new Promise((resolve) => (this.reached = resolve));
  }

  /** The paused operation goes on. */
  release(): void {
    this.paused?.();
    this.paused = undefined;
  }

  private async pass(what: string, args: unknown[], run: () => Promise<unknown>): Promise<unknown> {
    if (this.command === undefined || this.scope.getStore() !== this.command || isUpkeep(args)) return run();
    const at = this.seen.push(what) - 1;
    const { plan } = this;
    if (!plan || at < plan.at || (at > plan.at && plan.fault !== "dead")) return run();
    if (plan.fault === "unanswered") await run();
    if (plan.fault !== "paused") throw fail("UNAVAILABLE", `the store failed at ${what}`);
    await new Promise<void>((resolve) => {
      this.paused = resolve;
      this.reached?.();
    });
    return run();
  }
}

export const isWrite = (what: string): boolean => what === "transaction" || writes.some((w) => what.endsWith(`.${w}`));
