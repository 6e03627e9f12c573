/** One conversation's messages as this client knows them, and which of them are known without a hole. Pure. */
import { newer } from "./merge";
import { type Message } from "./protocol";
import { Ranges } from "./ranges";

export type Applied = "new" | "changed" | "known";

export class Timeline {
  private readonly bySeq = new Map<number, Message>();
  private readonly seqOf = new Map<string, number>();
  /** Runs of `seq` of which all that may be read is here. */
  readonly covered = new Ranges();
  /** How many members a message goes to. */
  recipients = 1;
  private top = 0;

  get(id: string): Message | undefined {
    const seq = this.seqOf.get(id);
    return seq === undefined ? undefined : this.bySeq.get(seq);
  }

  at(seq: number): Message | undefined {
    return this.bySeq.get(seq);
  }

  /** Takes a message from wherever it came, any number of times: the newest version stays. */
  apply(message: Message): Applied {
    const known = this.bySeq.get(message.seq);
    if (!known) {
      this.put(message);
      return "new";
    }
    const next = newer(known, message, this.recipients);
    if (next === known) return "known";
    this.put(next);
    return "changed";
  }

  /** @returns true where it changed */
  change(id: string, change: (message: Message) => Message): boolean {
    const message = this.get(id);
    const next = message && change(message);
    if (!next || next === message) return false;
    this.put(next);
    return true;
  }

  /** @returns those that changed, as they are now */
  changeAll(change: (message: Message) => Message): Message[] {
    const changed: Message[] = [];
    for (const message of this.bySeq.values()) {
      const next = change(message);
      if (next !== message) changed.push(next);
    }
    for (const message of changed) this.put(message);
    return changed;
  }

  /** Takes messages away that are deleted or cleared for oneself. */
  drop(gone: (message: Message) => boolean): boolean {
    const dropped = [...this.bySeq.values()].filter(gone);
    for (const { seq, _id } of dropped) {
      this.bySeq.delete(seq);
      this.seqOf.delete(_id);
    }
    if (!this.bySeq.has(this.top)) this.top = Math.max(0, ...this.bySeq.keys());
    return dropped.length > 0;
  }

  /** The messages of the run around `seq`, from `from` on, oldest first. */
  run(seq: number, from = 0): Message[] {
    const run = this.covered.around(seq);
    return run ? this.between(Math.max(run[0], from), run[1]) : [];
  }

  between(from: number, to: number): Message[] {
    const messages: Message[] = [];
    for (let seq = from; seq <= to; seq++) {
      const message = this.bySeq.get(seq);
      if (message) messages.push(message);
    }
    return messages;
  }

  /** Messages of others above `seq` that count as unread. */
  unreadBetween(seq: number, me: number): number {
    const later = this.between(seq + 1, this.top);
    return later.filter((m) => m.sender_id !== me && m.type !== "system" && !m.deleted_at).length;
  }

  get newest(): Message | undefined {
    return this.bySeq.get(this.top);
  }

  /** Forgets what is below. */
  cutBelow(seq: number): void {
    this.drop((message) => message.seq < seq);
    this.covered.cutBelow(seq);
  }

  /** Forgets a stretch. */
  cut(from: number, to: number): void {
    this.drop((message) => message.seq >= from && message.seq <= to);
    this.covered.cut(from, to);
  }

  clear(): void {
    this.bySeq.clear();
    this.seqOf.clear();
    this.covered.clear();
    this.top = 0;
  }

  get size(): number {
    return this.bySeq.size;
  }

  private put(message: Message): void {
    this.bySeq.set(message.seq, message);
    this.top = Math.max(this.top, message.seq);
    this.seqOf.set(message._id, message.seq);
  }
}
