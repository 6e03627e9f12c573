/** The same collection, with the time of each operation in `store_duration_seconds`. */
import { type Metrics } from "../metrics";
import { type Document, type Documents } from "./types";

export function measured<D extends Document>(inner: Documents<D>, { storeDuration }: Metrics): Documents<D> {
  const timed = <A extends unknown[], R>(
    operation: keyof Documents<D>,
    run: (...args: A) => Promise<R>,
  ): ((...args: A) => Promise<R>) => {
    const duration = storeDuration.labels({ store: "documents", operation });
    return async (...args) => {
      const start = performance.now();
      try {
        return await run.apply(inner, args);
      } finally {
        duration.observe((performance.now() - start) / 1000);
      }
    };
  };
  return {
    insert: timed("insert", inner.insert),
    find: timed("find", inner.find),
    findOne: timed("findOne", inner.findOne),
    count: timed("count", inner.count),
    updateOne: timed("updateOne", inner.updateOne),
    updateMany: timed("updateMany", inner.updateMany),
    updateEach: timed("updateEach", inner.updateEach),
    remove: timed("remove", inner.remove),
  };
}
