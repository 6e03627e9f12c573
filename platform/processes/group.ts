/** The processes of one system on one machine: which one this is, and where the others are reached. */
import { join } from "node:path";
import { type Middleware, type ServiceBroker } from "moleculer";
import { allServices, type Env } from "../../contracts/env";

/** One process of a group; the first holds the stores and the rules, the others are gateways. */
export interface Group {
  readonly index: number;
  readonly size: number;
  /** A folder of this user's alone, with the sockets by which the processes reach each other. */
  readonly dir: string;
  /** Of the group; each process has a name of its own made of it. */
  readonly name: string;
  /** When the group was started, as Unix time in milliseconds. */
  readonly startedAt: number;
}

/** What metrics call a process. */
export const roleOf = (index: number): string => (index === 0 ? "stores" : `gateway-${index}`);

/** Their names as nodes; short, for they are in every packet. */
export const nodeOf = ({ name }: Pick<Group, "name">, index: number): string =>
  index === 0 ? name : `${name}.${index}`;

export const indices = ({ size }: Pick<Group, "size">): number[] => Array.from({ length: size }, (_, index) => index);

/** Where a process takes packets of the others. */
export const busPathOf = ({ dir }: Pick<Group, "dir">, index: number): string => join(dir, `${index}.bus`);
/** Where a gateway takes requests that came to another one. */
export const doorPathOf = ({ dir }: Pick<Group, "dir">, index: number): string => join(dir, `${index}.door`);

/** What one of them runs, of what all of them are set up with. */
export const envIn = (env: Env, group: Group): Env =>
  Object.freeze({
    ...env,
    SERVICES: group.index === 0 ? allServices.filter((name) => name !== "api") : ["api" as const],
    NODE_ID: nodeOf(group, group.index),
  });

const groups = new WeakMap<ServiceBroker, Group>();

/** Undefined where a node is a process by itself. */
export const groupOf = (broker: ServiceBroker): Group | undefined => groups.get(broker);

export const inGroup = (group: Group): Middleware =>
  ({
    name: "InGroup",
    created: (broker: ServiceBroker) => void groups.set(broker, group),
  }) as unknown as Middleware;
