/** The transporter that the environment asks for: AMQP with RABBITMQ_URL, TCP by name, else none. */
import { type BrokerOptions } from "moleculer";
import { type Env } from "../contracts/env";

export function transporterOf(env: Env): NonNullable<BrokerOptions["transporter"]> | null {
  return env.TRANSPORTER ?? env.RABBITMQ_URL ?? null;
}
