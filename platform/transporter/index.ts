/** The transporter of a node: of a group of processes their own; AMQP with RABBITMQ_URL, TCP by name, else none. */
import { type BrokerOptions } from "moleculer";
import { type Env, EnvError } from "../../contracts/env";
import { busPathOf, type Group, indices, nodeOf } from "../processes/group";
import { AmqpTransporter } from "./amqp";
import { MAX_PACKET } from "./frames";
import { LocalTransporter } from "./local";

/** `TCP` finds its peers by UDP; `tcp://host:port/nodeID,...` names them, this node among them. */
const tcp = (raw: string): NonNullable<BrokerOptions["transporter"]> => ({
  type: "TCP",
  options: {
    maxPacketSize: MAX_PACKET, // the default of 1 MiB cuts the sender of a larger one off for good
    ...(raw.includes("://") ? { urls: raw.split(",").map((s) => s.trim()), udpDiscovery: false } : {}),
  },
});

function local(group: Group): LocalTransporter {
  const others = indices(group).filter((index) => index !== group.index);
  const peers = others.map((index) => [nodeOf(group, index), busPathOf(group, index)] as const);
  return new LocalTransporter(busPathOf(group, group.index), new Map(peers));
}

export function transporterOf(env: Env, group?: Group): NonNullable<BrokerOptions["transporter"]> | null {
  if (group) return local(group);
  const { TRANSPORTER: name, RABBITMQ_URL: rabbit } = env;
  if (name === undefined) return rabbit === undefined ? null : new AmqpTransporter(rabbit);
  if (/^tcp(:|$)/i.test(name)) return tcp(name);
  if (/^amqps?:/i.test(name)) return new AmqpTransporter(name);
  if (!/^amqp$/i.test(name)) return name;
  if (rabbit === undefined) throw new EnvError("TRANSPORTER", "AMQP needs RABBITMQ_URL");
  return new AmqpTransporter(rabbit);
}
