/** What the processes of one machine ask each other, beside what nodes do anyway. */
import { action } from "./action";
import { anything, list, nothing, object } from "./schema";

export const processActions = {
  "process.metrics": action({
    access: "service",
    about: "The metrics of one process of a group, as prom-client writes them down to be put together.",
    params: nothing,
    result: object({ metrics: list(anything()) }),
    timeout: 2_000,
  }),
};
