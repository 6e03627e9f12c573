import { service } from "../../mixins/service";

export default service({ name: "chat" });
