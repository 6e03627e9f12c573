/** A run against any running system: accounts, groups, steady sending, and at the end the verdict of the ledger. */
import { setTimeout as sleep } from "node:timers/promises";
import { Ledger, type Verdict } from "./ledger";
import { Member } from "./member";

export interface Plan {
  /** Where the api nodes are; members spread over them and change to another when one is gone. */
  readonly urls: readonly string[];
  readonly members: number;
  readonly conversations: number;
  /** Messages per second, over all members. */
  readonly rate: number;
}
export interface Outcome extends Verdict {
  /** The longest that a member was without a connection. */
  readonly awaySeconds: number;
}

/** Longer than any recovery that we promise. */
const PATIENCE_MS = 60_000;
const CONVERGE_MS = 30_000;

export class Verification {
  readonly ledger = new Ledger();
  private members: Member[] = [];
  /** In no conversation: hears of everything that leaks. */
  private outsider: Member | undefined;
  readonly groups: { id: string; members: Member[] }[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;
  /** What no retry could help, by its message. */
  readonly failures = new Map<string, number>();

  constructor(private readonly plan: Plan) {}

  get pending(): number {
    return this.underWay.size;
  }

  get connected(): number {
    return this.members.filter((member) => member.connected).length;
  }

  async prepare(): Promise<void> {
    const { urls, members, conversations } = this.plan;
    const join = (name: string, at: number): Promise<Member> => Member.register(name, urls, at, this.ledger);
    this.members = await Promise.all(Array.from({ length: members }, (_, i) => join(`member${i}`, i)));
    this.outsider = await join("outsider", 0);
    for (let i = 0; i < conversations; i++) await this.group(i);
  }

  start(): void {
    const spacing = 1000 / this.plan.rate;
    let due = performance.now();
    this.timer = setInterval(() => {
      for (; due < performance.now(); due += spacing) this.sendNext();
    }, 5);
  }

  /** No more messages; what is under way is still sent until it is acknowledged. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  /** Re-reads the histories, waits for the last receipts, and judges. */
  async judge(): Promise<Outcome> {
    const deadline = Date.now() + CONVERGE_MS;
    do {
      for (const { id, members } of this.groups) {
        const reader = members[0];
        if (reader) this.ledger.history(id, await reader.history(id, Date.now() + PATIENCE_MS));
      }
      if (this.ledger.missed() === 0) break;
      await sleep(500);
    } while (Date.now() < deadline);
    const awaySeconds = Math.max(...this.members.map((member) => member.longestAwayMs)) / 1000;
    return { ...this.ledger.verdict(), awaySeconds };
  }

  close(): void {
    clearInterval(this.timer);
    for (const member of [...this.members, ...(this.outsider ? [this.outsider] : [])]) member.close();
  }

  /** Each group leaves one member out, so that leaks between conversations show. */
  private async group(index: number): Promise<void> {
    const members = this.members.filter((_, i) => this.members.length < 3 || i !== index % this.members.length);
    const participantIds = members.map((member) => member.userId);
    const creator = members[index % members.length];
    if (!creator) throw new Error("a conversation needs members");
    const payload = { participantIds, type: "group", name: `verify ${index}` };
    const { _id } = await creator.insist<{ _id: string }>("conversation:create", payload, Date.now() + PATIENCE_MS);
    this.ledger.conversation(
      _id,
      members.map((member) => member.name),
    );
    for (const member of members) member.knows(_id);
    this.groups.push({ id: _id, members });
  }

  private sendNext(): void {
    const turn = this.turn++;
    const group = this.groups[turn % this.groups.length];
    const sender = group?.members[Math.floor(turn / this.groups.length) % group.members.length];
    if (!group || !sender) return;
    const sending = sender
      .send(group.id, Date.now() + PATIENCE_MS)
      .catch((error: Error) => void this.failures.set(error.message, (this.failures.get(error.message) ?? 0) + 1))
      .finally(() => this.underWay.delete(sending));
    this.underWay.add(sending);
  }
}
