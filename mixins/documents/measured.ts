/** The same collection, and the same transaction, with the time of each operation in `store_duration_seconds`. */
import { type Metrics } from "../../platform/metrics";
import { step } from "../../platform/tracing";
import {
  type Change,
  type CountOptions,
  type Document,
  type Documents,
  type Filter,
  type FindOptions,
  type SearchOptions,
  type Transact,
  type Update,
} from "./types";

type Run<A extends unknown[], R> = (...args: A) => Promise<R>;

const timing =
  ({ storeDuration }: Metrics) =>
  <A extends unknown[], R>(operation: string, run: Run<A, R>): Run<A, R> => {
    const duration = storeDuration.labels({ store: "documents", operation });
    return async (...args) => {
      const start = performance.now();
      try {
        return await step(`documents ${operation}`, () => run(...args));
      } finally {
        duration.observe((performance.now() - start) / 1000);
      }
    };
  };

export const measuredTransact = (transact: Transact, metrics: Metrics): Transact =>
  timing(metrics)("transaction", transact);

export function measured<D extends Document>(inner: Documents<D>, metrics: Metrics): Documents<D> {
  const timed = timing(metrics);
  return {
    insert: timed("insert", (docs: readonly D[]) => inner.insert(docs)),
    find: timed("find", (filter: Filter<D>, options?: FindOptions<D>) => inner.find(filter, options)),
    findOne: timed("findOne", (filter: Filter<D>, options?: FindOptions<D>) => inner.findOne(filter, options)),
    search: timed("search", (words: readonly string[], filter: Filter<D>, options: SearchOptions<D>) =>
      inner.search(words, filter, options),
    ),
    count: timed("count", (filter: Filter<D>, options?: CountOptions) => inner.count(filter, options)),
    updateOne: timed("updateOne", (filter: Filter<D>, change: Change<D>, options?: { upsert?: boolean }) =>
      inner.updateOne(filter, change, options),
    ),
    updateMany: timed("updateMany", (filter: Filter<D>, change: Change<D>) => inner.updateMany(filter, change)),
    updateEach: timed("updateEach", (updates: readonly Update<D>[]) => inner.updateEach(updates)),
    remove: timed("remove", (filter: Filter<D>) => inner.remove(filter)),
  };
}
