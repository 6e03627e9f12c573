/** What each process of a group answers to the others, whatever else it runs. */
import { groupOf, roleOf } from "../../platform/processes/group";
import { metricsToMerge } from "../../platform/metrics";
import { act, rows, service } from "../../platform/service";

export const member = service({
  name: "process",
  actions: rows<"process">({
    metrics: act("process.metrics", async function () {
      return { metrics: await metricsToMerge(this.broker, roleOf(groupOf(this.broker)?.index ?? 0)) };
    }),
  }),
});
