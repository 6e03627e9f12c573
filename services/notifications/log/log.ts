/**
 * The log of facts: 1, 2, 3, ... in the order in which they came; what webhooks, streams and the channel read, each at its
 * pace. One node writes at a time, by placement; where two do, the unique position lets one of them win.
 */
import { createHash } from "node:crypto";
import { type Happened } from "../../../contracts/facts";
import { fail } from "../../../contracts/errors";
import { DuplicateKey, type Documents } from "../../../mixins/documents";
import { batched } from "../../../platform/facts/pace";
import { type FactDoc, type LogStores } from "./documents";
import { convert } from "./old";

/** Another node may take a number first; each time somebody got on. */
const TRIES = 50;
const BATCH = 500;
/** Facts that retention looks at and removes in one step. */
const STEP = 1_000;

const isId = (key: string): boolean => /^[0-9a-f]{24}$/.test(key);
/** A message is sent once: its id is that of the fact. */
const idOf = ({ type, key }: Pick<Happened, "type" | "key">): string =>
  type === "message.created" && isId(key)
    ? key
    : createHash("sha256").update(`${type}:${key}`).digest("hex").slice(0, 24);

export class FactLog {
  /** Resolves when they are kept; those that are there already are not kept twice. */
  readonly append: (facts: readonly Happened[]) => Promise<void>;
  private readonly listeners = new Set<() => void>();
  /** The last position, as long as nobody else writes. */
  private known: number | undefined;
  private opening: Promise<void> | undefined;

  constructor(private readonly stores: () => LogStores) {
    const options = { weight: (facts: readonly Happened[]) => facts.length, max: BATCH };
    this.append = batched<readonly Happened[]>((lists) => this.write(lists.flat()), options);
  }

  /** Called whenever something was appended here. */
  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async last(): Promise<number> {
    await this.open();
    const [newest] = await this.facts.find({}, { sort: [["position", -1]], limit: 1, fields: ["position"] });
    return newest?.position ?? 0;
  }

  /** Of the oldest that is kept; 0 where there is none. */
  async first(): Promise<number> {
    await this.open();
    const [oldest] = await this.facts.find({}, { sort: [["position", 1]], limit: 1, fields: ["position"] });
    return oldest?.position ?? 0;
  }

  after(position: number, limit: number): Promise<FactDoc[]> {
    return this.facts.find({ position: { $gt: position } }, { sort: [["position", 1]], limit });
  }

  /** Where it is kept. */
  find(fact: Pick<Happened, "type" | "key">): Promise<FactDoc | undefined> {
    return this.facts.findOne({ _id: idOf(fact) });
  }

  /** The ends of the log, where one can go on from this position. @throws NOTFOUND, BAD_REQUEST where not */
  async endsFor(position: number): Promise<{ first: number; last: number }> {
    const [first, last] = [await this.first(), await this.last()];
    if (position > last)
      throw fail("BAD_REQUEST", `The log of facts ends at position ${last}.`, { field: "from", first, last });
    if (position > 0 && position < first - 1)
      throw fail("NOTFOUND", `What follows position ${position} is not kept any more; the oldest fact is ${first}.`, {
        first,
        last,
      });
    return { first, last };
  }

  /** The newest one stays, whatever its age: it carries the count on. */
  async forget(before: Date): Promise<void> {
    for (const last = await this.last(); ;) {
      const [end] = await this.facts.find({}, { sort: [["position", 1]], skip: STEP, limit: 1 });
      const most = Math.min(end?.position ?? last, last);
      if ((await this.facts.remove({ position: { $lt: most }, kept_at: { $lt: before } })) < STEP) return;
    }
  }

  private get facts(): Documents<FactDoc> {
    return this.stores().facts;
  }

  /** Once: what an earlier version kept is taken over, so that every cursor stays what it is. */
  private open(): Promise<void> {
    return (this.opening ??= convert(this.stores(), idOf).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    }));
  }

  private async write(facts: readonly Happened[]): Promise<void> {
    let fresh = [...new Map(facts.map((fact) => [idOf(fact), fact]))];
    for (let tries = 0; fresh.length > 0; tries++) {
      const last = this.known ?? (await this.last());
      try {
        await this.facts.insert(rowsOf(fresh, last));
        this.known = last + fresh.length;
        for (const listener of this.listeners) listener();
        return;
      } catch (error) {
        this.known = undefined; // also where it may have been stored all the same
        if (!(error instanceof DuplicateKey) || tries >= TRIES) throw error;
        fresh = await this.missing(fresh);
      }
    }
  }

  private async missing<T>(facts: readonly (readonly [string, T])[]): Promise<[string, T][]> {
    const there = await this.facts.find({ _id: { $in: facts.map(([_id]) => _id) } }, { fields: ["_id"] });
    const known = new Set(there.map(({ _id }) => _id));
    return facts.flatMap(([_id, fact]): [string, T][] => (known.has(_id) ? [] : [[_id, fact]]));
  }
}

function rowsOf(facts: readonly (readonly [string, Happened])[], last: number): FactDoc[] {
  const kept_at = new Date();
  return facts.map(([_id, { type, key, at, data }], i) => ({
    _id,
    position: last + 1 + i,
    ...{ type, key, data },
    at: new Date(at),
    kept_at,
  }));
}
