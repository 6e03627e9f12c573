/** The transporter that the environment asks for: AMQP with RABBITMQ_URL, TCP by name, else none. */
import { type BrokerOptions } from "moleculer";
import { type Env, EnvError } from "../../contracts/env";
import { AmqpTransporter } from "./amqp";

/** Above the largest packet we send; the default of 1 MiB cuts the sender off for good. */
const MAX_PACKET = 64 * 2 ** 20;

/** `TCP` finds its peers by UDP; `tcp://host:port/nodeID,...` names them, this node among them. */
const tcp = (raw: string): NonNullable<BrokerOptions["transporter"]> => ({
  type: "TCP",
  options: {
    maxPacketSize: MAX_PACKET,
    ...(raw.includes("://") ? { urls: raw.split(",").map((s) => s.trim()), udpDiscovery: false } : {}),
  },
});

export function transporterOf(env: Env): NonNullable<BrokerOptions["transporter"]> | null {
  const { TRANSPORTER: name, RABBITMQ_URL: rabbit } = env;
  if (name === undefined) return rabbit === undefined ? null : new AmqpTransporter(rabbit);
  if (/^tcp(:|$)/i.test(name)) return tcp(name);
  if (/^amqps?:/i.test(name)) return new AmqpTransporter(name);
  if (!/^amqp$/i.test(name)) return name;
  if (rabbit === undefined) throw new EnvError("TRANSPORTER", "AMQP needs RABBITMQ_URL");
  return new AmqpTransporter(rabbit);
}
