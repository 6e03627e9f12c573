/** The gateway: doors only; every rule lives behind them. */
import { service } from "../../mixins/service";
import { http } from "./http/http";

export default service({ name: "api", mixins: [http] });
