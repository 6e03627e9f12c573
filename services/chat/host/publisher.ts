/** Tells the api nodes what a turn did: one batch to each node that holds sockets of those concerned, and to no other. */
import { type Service } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { call, publish } from "../../../platform/bus";
import { deliver, type Emission } from "../../../mixins/delivery";
import { directoryOf } from "../../../mixins/directory";
import { type State } from "../conversation/state";
import { type Segment, type Turn } from "../conversation/turn";

/** How long an answer waits for sockets to leave a room; a node that is slower is probably dead. */
const ROOMS_TIMEOUT_MS = 2_000;

interface Reach {
  directoryVersion: number;
  membersVersion: string;
  nodes: ReadonlySet<string>;
  /** Which membership each node was last told. */
  readonly told: Map<string, string>;
}

export class Publisher {
  private readonly reaches = new WeakMap<State, Reach>();

  constructor(private readonly service: Service) {}

  /** Resolves at once unless sockets have to leave a room first. */
  async publish(turn: Turn): Promise<void> {
    this.tellAttended(turn);
    for (const segment of turn.segments) this.send(turn.state, segment);
    if (turn.leavers.length) await this.rooms(turn, turn.leavers, { join: false });
    for (const { users, eager } of turn.joiners) await this.rooms(turn, users, { join: true, eager });
  }

  /** Nobody waits for what notifications make of it. */
  private tellAttended({ attended, ended, state }: Turn): void {
    const { read, gone, dropped } = attended;
    if (!ended && read.length + gone.length + dropped.length === 0) return;
    const news = { ...attended, conversationId: state.conversation._id, ended };
    publish(this.service.broker, "conversation.attended", news).catch((error: unknown) =>
      this.service.logger.warn(`notifications do not follow a conversation: ${toWire(error).code}`),
    );
  }

  /** Tells members what no turn of this state has told. */
  tell(state: State, emissions: Emission[]): void {
    const { membersVersion, conversation } = state;
    if (emissions.length) this.send(state, { version: membersVersion, members: conversation.participants, emissions });
  }

  private send(state: State, segment: Segment): void {
    const { version, emissions } = segment;
    const named = emissions.flatMap((e) => (e.to === "users" ? (e.users ?? []) : []));
    const batch = { conversationId: state.conversation._id, membersVersion: version, emissions };
    if (emissions.every((e) => e.to === "users")) {
      // Nobody needs to know who else is in it.
      for (const node of directoryOf(this.service).nodesOfAll(named)) deliver(this.service, node, batch);
      return;
    }
    const reach = this.reachOf(state, segment);
    for (const node of this.nodesFor(reach, named)) {
      const knows = reach.told.get(node) === version;
      reach.told.set(node, version);
      deliver(this.service, node, knows ? batch : { ...batch, members: [...segment.members] });
    }
  }

  /** The nodes of the members, and of users who are named beyond them. */
  private nodesFor(reach: Reach, named: readonly number[]): ReadonlySet<string> {
    if (!named.length) return reach.nodes;
    const nodes = directoryOf(this.service).nodesOfAll(named);
    for (const node of reach.nodes) nodes.add(node);
    return nodes;
  }

  private reachOf(state: State, { version, members }: Segment): Reach {
    const directory = directoryOf(this.service);
    let reach = this.reaches.get(state);
    if (!reach) {
      reach = { directoryVersion: -1, membersVersion: "", nodes: new Set(), told: new Map() };
      this.reaches.set(state, reach);
    }
    if (reach.directoryVersion !== directory.version || reach.membersVersion !== version) {
      reach.nodes = directory.nodesOfAll(members);
      reach.directoryVersion = directory.version;
      reach.membersVersion = version;
    }
    return reach;
  }

  private async rooms(turn: Turn, userIds: readonly number[], how: { join: boolean; eager?: boolean }): Promise<void> {
    const nodes = [...directoryOf(this.service).nodesOfAll(userIds)];
    const { _id: conversationId } = turn.state.conversation;
    const calls = nodes.map((nodeID) =>
      call(
        this.service.broker,
        "api.rooms",
        { conversationId, userIds: [...userIds], ...how },
        { nodeID, timeout: ROOMS_TIMEOUT_MS },
      ),
    );
    for (const result of await Promise.allSettled(calls))
      if (result.status === "rejected") this.service.logger.warn("a gateway did not move sockets between rooms");
  }
}
