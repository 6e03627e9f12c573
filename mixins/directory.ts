/**
 * Who is where: which api nodes hold sockets of which users. Told by the api nodes (`<service>.located`), forgotten
 * when a node goes; a missed announcement is noticed by its number and answered by asking for a snapshot.
 */
import { type Service, type ServiceBroker, type ServiceSchema } from "moleculer";
import { type Params } from "../contracts/actions";
import { fail } from "../contracts/errors";
import { act } from "../platform/service";

export type Announcement = Params<"chat.located">;

interface NodeEntry {
  epoch: string;
  version: number;
  readonly users: Set<number>;
}

const NOWHERE: readonly string[] = [];

/** For each user the nodes where they are. */
class Whereabouts {
  private readonly nodes = new Map<number, readonly string[]>();

  of(user: number): readonly string[] {
    return this.nodes.get(user) ?? NOWHERE;
  }
  add(user: number, node: string): void {
    const known = this.of(user);
    if (!known.includes(node)) this.nodes.set(user, [...known, node]);
  }
  remove(user: number, node: string): void {
    const left = this.of(user).filter((n) => n !== node);
    if (left.length) this.nodes.set(user, left);
    else this.nodes.delete(user);
  }
}

export class Directory {
  /** Grows with every change, so that what was derived from the directory knows when it is old. */
  version = 0;
  private readonly byNode = new Map<string, NodeEntry>();
  private readonly sockets = new Whereabouts();
  /** Sockets in `/notifications`. */
  private readonly hearing = new Whereabouts();

  /** `changed` hears of a user's first socket anywhere and of their last. */
  constructor(private readonly changed: (userId: number, online: boolean) => void = () => undefined) {}

  /** Takes an api node's word. `gap: true` means: some of it was missed, send a snapshot. */
  located(a: Announcement): { gap: boolean } {
    const known = this.byNode.get(a.node);
    if (a.snapshot) {
      this.replace(a);
      return { gap: false };
    }
    if (known?.epoch !== a.epoch || a.version !== known.version + 1)
      return { gap: known?.epoch !== a.epoch || a.version > known.version };
    known.version = a.version;
    this.take(known, a);
    for (const user of a.removed) this.remove(known, a.node, user);
    return { gap: false };
  }

  /** The node is gone, and with it its sockets. */
  forget(node: string): void {
    const entry = this.byNode.get(node);
    if (!entry) return;
    for (const user of [...entry.users]) this.remove(entry, node, user);
    this.byNode.delete(node);
  }

  nodesOf(user: number): readonly string[] {
    return this.sockets.of(user);
  }

  /** The nodes that hold sockets of this user in `/notifications`. */
  nodesHearing(user: number): readonly string[] {
    return this.hearing.of(user);
  }

  /** Every node that holds at least one of these users. */
  nodesOfAll(users: Iterable<number>): Set<string> {
    const nodes = new Set<string>();
    for (const user of users) {
      for (const node of this.nodesOf(user)) nodes.add(node);
      if (nodes.size === this.byNode.size) break;
    }
    return nodes;
  }

  isOnline(user: number): boolean {
    return this.nodesOf(user).length > 0;
  }

  /** Has a socket in `/notifications` somewhere. */
  hears(user: number): boolean {
    return this.nodesHearing(user).length > 0;
  }

  private replace(a: Announcement): void {
    const old = this.byNode.get(a.node);
    const entry: NodeEntry = { epoch: a.epoch, version: a.version, users: old?.users ?? new Set() };
    this.byNode.set(a.node, entry);
    const now = new Set(a.added);
    for (const user of [...entry.users]) if (!now.has(user)) this.remove(entry, a.node, user);
    this.take(entry, a);
  }

  private take(entry: NodeEntry, { node, added, hearing }: Announcement): void {
    const hears = new Set(hearing);
    for (const user of added) {
      this.add(entry, node, user);
      if (hears.has(user)) this.hearing.add(user, node);
      else this.hearing.remove(user, node);
    }
  }

  private add(entry: NodeEntry, node: string, user: number): void {
    if (entry.users.has(user)) return;
    entry.users.add(user);
    this.version++;
    const first = !this.isOnline(user);
    this.sockets.add(user, node);
    if (first) this.changed(user, true);
  }

  private remove(entry: NodeEntry, node: string, user: number): void {
    if (!entry.users.delete(user)) return;
    this.version++;
    this.sockets.remove(user, node);
    this.hearing.remove(user, node);
    if (!this.isOnline(user)) this.changed(user, false);
  }
}

const directories = new WeakMap<Service, Directory>();

export function directoryOf(service: Service): Directory {
  const directory = directories.get(service);
  if (!directory) throw new Error(`${service.name} has no directory mixin`);
  return directory;
}

interface NodeGone {
  readonly params: { readonly node: { readonly id: string } };
}

interface Endpoints {
  getActionEndpointByNodeId(action: string, node: string): unknown;
}

/**
 * Nodes that find each other without a broker do so in one direction first: an api node that can't be reached from here yet
 * would believe that its sockets hear everything. Refused, it says it again, and lets its clients wait.
 */
const reaches = (broker: ServiceBroker, node: string): boolean =>
  node === broker.nodeID ||
  Boolean((broker.registry as unknown as Endpoints).getActionEndpointByNodeId("api.deliver", node));

/** The mixin: answers `<service>.located` and forgets nodes that leave. */
export function directory(
  name: "chat" | "notifications" | "api",
  changed?: (service: Service, userId: number, online: boolean) => void,
): Partial<ServiceSchema> {
  return {
    created(this: Service) {
      directories.set(this, new Directory((user, online) => changed?.(this, user, online)));
    },
    actions: {
      located: act(`${name}.located`, function (_caller, announcement) {
        if (!reaches(this.broker, announcement.node)) throw fail("UNAVAILABLE", "That node is not known here yet.");
        return directoryOf(this).located(announcement);
      }),
    },
    events: {
      "$node.disconnected"(this: Service, ctx: NodeGone) {
        directoryOf(this).forget(ctx.params.node.id);
      },
    },
  };
}
