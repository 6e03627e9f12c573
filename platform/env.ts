/** The checked environment of the broker that a service runs on; several brokers of one process may differ. */
import { type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";

const environments = new WeakMap<ServiceBroker, Env>();

export const bindEnv = (broker: ServiceBroker, env: Env): void => void environments.set(broker, env);

export function envOf(broker: ServiceBroker): Env {
  const env = environments.get(broker);
  if (!env) throw new Error("this broker was not made from moleculer.config");
  return env;
}
