/** The gateway: doors only; every rule lives behind them. REST and Socket.IO share one HTTP server and port. */
import { service } from "../../mixins/service";
import { http } from "./http/http";
import { sockets } from "./sockets/sockets";

// In this order: the HTTP server closes only when no socket is open, and hooks named `stopped` run from left to right.
export default service({ name: "api", mixins: [sockets, http] });
