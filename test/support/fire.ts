/**
 * The frame of the promises under fire: messages are sent all the time, trouble comes, and the ledger says what it did.
 * ROUNDS says how often each trouble comes, LAYOUT=usual makes it the cluster of docs/deployment.md, and LONG=1 gives
 * troubles their full length; the figures of all rounds are printed as a table, with those that earlier runs have left
 * in the file LEDGER.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { placeOf } from "../../platform/placement";
import { type Outcome, Verification } from "../../scripts/verify/verification";
import { Cluster, small, usual } from "./cluster";
import { eventually } from "./eventually";
import { type Figures, Ledgers } from "./ledgers";

const { ROUNDS = "1", LAYOUT = "small", LONG, LEDGER } = process.env;
export const rounds = Array.from({ length: Number(ROUNDS) }, (_, i) => i + 1);
/** How long a trouble lasts: the long time when it is asked for, else one that leaves nothing out but patience. */
export const lasting = (long: number, short: number): number => (LONG ? long : short) * 1_000;
/** Only in long runs. */
export const longTest = LONG ? test : test.skip;

const MEMBERS = 4;
const PATIENCE_MS = 180_000;
/** From the end of a trouble until everybody has everything, on one machine that may have other things to do. */
const CONVERGED_S = 60;
const kept = { lost: 0, missed: 0, duplicated: 0, inverted: 0, gaps: 0, leaks: 0, phantoms: 0 };
const since = (start: number): number => (performance.now() - start) / 1_000;

/** One run of sending, while something happens to the cluster. */
export class Scene {
  constructor(
    readonly cluster: Cluster,
    readonly run: Verification,
  ) {}

  get acked(): number {
    return this.run.ledger.verdict().acked;
  }
  get received(): number {
    return this.run.ledger.verdict().received;
  }

  /** @returns the seconds until so many more messages were acknowledged */
  async acks(more = 5): Promise<number> {
    const [start, target] = [performance.now(), this.acked + more];
    await eventually(() => expect(this.acked).toBeGreaterThanOrEqual(target), PATIENCE_MS);
    return since(start);
  }

  /** The chat node that most of the conversations live on. */
  get busiest(): string {
    const counts = this.chatNodes.map((name) => [this.livingOn(name).size, name] as const);
    return counts.sort(([a], [b]) => b - a)[0]?.[1] ?? "";
  }
  /** @returns the seconds from `start` to the first ack in a conversation that lived on this node */
  async firstAck(start: number, node: string): Promise<number> {
    const conversations = this.livingOn(node);
    const first = (): number | undefined => this.run.ledger.firstAckAfter(start, conversations);
    await eventually(() => expect(first()).toBeDefined(), PATIENCE_MS);
    return ((first() ?? 0) - start) / 1_000;
  }

  /** @returns the seconds until every member has what was acknowledged until now */
  async convergence(): Promise<number> {
    const start = performance.now();
    await eventually(() => expect(this.run.ledger.behind(start)).toBe(0), PATIENCE_MS);
    expect(since(start)).toBeLessThan(CONVERGED_S);
    return since(start);
  }

  /** Nothing is acknowledged and nothing is received for so long, once what was under way has come to its end. */
  async silence(ms: number): Promise<void> {
    const still = async (forMs: number): Promise<void> => {
      const before = [this.acked, this.received];
      await sleep(forMs);
      expect([this.acked, this.received]).toEqual(before);
    };
    await eventually(() => still(1_000));
    await still(ms - 1_000);
  }

  private get chatNodes(): string[] {
    return [...this.cluster.nodes.keys()].filter((name) => name.startsWith("chat"));
  }
  private livingOn(node: string): Set<string> {
    const places = this.chatNodes.map((id) => ({ id }));
    return new Set(this.run.groups.map(({ id }) => id).filter((id) => placeOf(id, places)?.id === node));
  }
}

type Body = (scene: Scene) => Promise<Figures | void>;

export class Fire {
  private made: Cluster | undefined;
  private readonly ledgers = new Ledgers(LEDGER);

  get cluster(): Cluster {
    if (!this.made) throw new Error("the cluster has not been started");
    return this.made;
  }

  async start(): Promise<void> {
    this.made = await Cluster.start(LAYOUT === "usual" ? usual : small);
  }
  async stop(): Promise<void> {
    await this.made?.stop();
  }
  /** Of all rounds until now. */
  report(): void {
    if (this.ledgers.size > 0) console.log(this.ledgers.table());
  }

  /** A test: the body makes the trouble and mends it; afterwards nothing may be lost, doubled or out of order. */
  trouble(name: string, body: Body, { socketsStay = false } = {}, as: jest.It = test): void {
    as(name, async () => {
      const scene = await this.scene();
      try {
        const figures = (await body(scene)) ?? {};
        await scene.acks();
        await scene.run.stop();
        const outcome = await scene.run.judge();
        this.ledgers.add(name, { ...outcome, ...figures });
        console.log(name, JSON.stringify({ ...outcome, ...figures }));
        this.expectKept(scene, outcome, socketsStay);
      } finally {
        scene.run.close();
      }
    });
  }

  private expectKept(scene: Scene, outcome: Outcome, socketsStay: boolean): void {
    expect([...scene.run.failures]).toEqual([]);
    expect(outcome).toMatchObject(kept);
    if (socketsStay) expect(outcome.awaySeconds).toBe(0);
    for (const node of this.cluster.nodes.values()) expect([node.name, node.exit]).toEqual([node.name, undefined]);
  }

  /** On a whole cluster, whatever the trouble before has left of it. */
  private async scene(): Promise<Scene> {
    for (const node of this.cluster.nodes.values()) {
      node.signal("SIGCONT");
      if (node.exit !== undefined) await node.start();
    }
    await this.cluster.forget();
    const run = new Verification({ urls: this.cluster.urls, members: MEMBERS, conversations: 6, rate: 10 });
    const scene = new Scene(this.cluster, run);
    await run.prepare();
    run.start();
    await scene.acks();
    return scene;
  }
}

/** Takes something away for the time of `meanwhile`, and gives it back whatever happens. */
export async function without(
  down: () => unknown,
  up: () => unknown,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  await down();
  try {
    await meanwhile();
  } finally {
    await up();
  }
}
