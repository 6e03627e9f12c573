/** The gateway: doors only; every rule lives behind them. REST and Socket.IO share one HTTP server and port. */
import { endStreams } from "./http/facts-stream";
import { type Service } from "moleculer";
import { allServices } from "../../contracts/env";
import { servicesOnEmbeddedStores } from "../../platform/data-dir";
import { envOf } from "../../platform/env";
import { trustedIssuersOf } from "../../platform/issuers/of-broker";
import { groupOf } from "../../platform/processes/group";
import { service } from "../../platform/service";
import { oidcOf } from "./http/oidc/doors";
import { http } from "./http/http";
import { sockets } from "./sockets/sockets";

const others = allServices.filter((name) => name !== "api");

export default service({
  name: "api",
  // In this order: the HTTP server closes only when no socket is open, and hooks named `stopped` run from left to right.
  mixins: [sockets, http],
  created(this: Service) {
    // Services that open their own files are there in a moment: the port opens when they can answer. Servers, on the
    // other hand, may be away for long, and then /health has to say so.
    // In a group they are in another process, which is started again with this one where they are not.
    const isOfGroup = groupOf(this.broker) !== undefined;
    this.schema.dependencies = isOfGroup ? others : servicesOnEmbeddedStores(envOf(this.broker));
    trustedIssuersOf(this.broker).warm();
    oidcOf(this.broker); // what can't be used is said at the start
  },
  stopped(this: Service) {
    endStreams(this.broker);
    trustedIssuersOf(this.broker).stop();
  },
});
