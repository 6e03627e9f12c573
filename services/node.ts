/** One node: a broker with the services that its environment names. */
import { ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { brokerOptions } from "../moleculer.config";
import { type Group } from "../platform/processes/group";

interface Kind {
  /** Whoever made it hears the process's signals and stops it. */
  readonly isGuest?: boolean;
  /** The processes that it is one of. */
  readonly group?: Group;
}

/** Makes a node without starting it; `broker.start()` opens stores and ports. */
export function createNode(env: Env, { isGuest = false, group }: Kind = {}): ServiceBroker {
  const broker = new ServiceBroker({ ...brokerOptions(env, group), skipProcessEventRegistration: isGuest });
  for (const name of env.SERVICES) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the node's services are named at run time
    const module = require(`./${name}/${name}.service`) as { default: Parameters<ServiceBroker["createService"]>[0] };
    broker.createService(module.default);
  }
  return broker;
}
